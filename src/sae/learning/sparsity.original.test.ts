// JumpReLU with each of its losses, ReLU with free rows, and p-annealing, as the programs train it that have them, from the same weights and batches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { createLearner } from './learner.ts';
import type { LearnerOptions } from './learner-options.ts';

const [D, LATENTS, ROWS, STEPS, LR] = [24, 96, 64, 50, 3e-3];

/** Both programs sum errors over dimensions, which are averaged here: so are their coefficients. */
interface Run {
  readonly options: Partial<LearnerOptions>;
  readonly coefficient: number;
  /**
   * Whether to compute in float64: a power below 1 is steepest where codes are smallest, and rounding is felt there, as it is by
   * thresholds that a few rows move.
   */
  readonly exact?: boolean;
  /** Steps over which the coefficient rises. */
  readonly warmup?: number;
}

const jumprelu = { kind: 'jumprelu', bandwidth: 0.3, threshold: 0.2 } as const;
const byValue = { ...jumprelu, thresholdScale: 'value' } as const;
const free = { removeParallelGrads: false, normalizeWDec: false };
const runs: Readonly<Record<string, Run>> = {
  'sl.step': { options: { activation: byValue, ...free }, coefficient: 4 / D },
  'sl.quadratic': {
    options: { activation: { ...byValue, targetL0: 12, targetOf: 'row' }, ...free },
    coefficient: 2 / D,
  },
  'sl.tanh': {
    options: {
      activation: { ...byValue, sparsityLoss: 'tanh', tanhScale: 3, preActCoeff: 0.2 / D },
    },
    coefficient: 3 / D,
  },
  'sl.free': { options: { activation: byValue, freeDecoderNorm: true }, coefficient: 4 / D },
  'sl.freeQuadratic': {
    options: {
      activation: { ...byValue, targetL0: 12, targetOf: 'row' },
      freeDecoderNorm: true,
    },
    coefficient: 2 / D,
  },
  'sl.freeTanh': {
    options: {
      activation: { ...byValue, sparsityLoss: 'tanh', tanhScale: 3 },
      freeDecoderNorm: true,
    },
    coefficient: 3 / D,
    exact: true,
  },
  'sl.freeRelu': {
    options: { activation: { kind: 'relu' }, freeDecoderNorm: true },
    coefficient: 4 / D,
  },
  'dl.lp': { options: annealed('Lp', 0.5), coefficient: 3 / D, warmup: 5 },
  'dl.lp-p': { options: annealed('Lp^p', 0.5), coefficient: 3 / D, warmup: 5, exact: true },
  'dl.target': {
    options: { activation: { ...byValue, targetL0: 12 }, inputBias: 'none', beta1: 0 },
    coefficient: 400 / D,
    warmup: 5,
  },
};

function annealed(sparsityFunction: 'Lp' | 'Lp^p', pEnd: number): Partial<LearnerOptions> {
  const when = { annealStart: 15, annealEnd: 45, nSparsityUpdates: 7, sparsityQueueLength: 4 };
  const objective = { kind: 'p-anneal', pStart: 1, pEnd, sparsityFunction, ...when } as const;
  return { activation: { kind: 'relu' }, objective };
}

let start: SafetensorsFile;
let golden: SafetensorsFile;
let kernels: Kernels;
beforeAll(async () => {
  const file = (name: string): string =>
    new URL(`../../../fixtures/training/${name}.safetensors`, import.meta.url).pathname;
  start = await openSafetensors(file('language'));
  golden = await openSafetensors(file('sparsity'));
  kernels = await cpuKernels({ threads: 2 });
});
afterAll(async () => {
  await kernels.close();
  await start.close();
  await golden.close();
});

it.each(Object.entries(runs))(
  '50 steps of %s',
  async (name, { options, coefficient, warmup, exact }) => {
    const read = async (key: string): Promise<Float64Array> =>
      (await golden.read(`${name}.${key}`)).data as Float64Array;
    const wDec = await start.readFloat32('sae.W_dec');
    const learner = await createLearner(exact === true ? referenceKernels() : kernels, {
      dIn: D,
      dOut: D,
      dSae: LATENTS,
      activation: jumprelu,
      objective: { kind: 'vanilla' },
      inputBias: 'decoder',
      removeParallelGrads: true,
      normalizeWDec: true,
      maxRows: ROWS,
      weights: {
        wEnc: transpose(await start.readFloat32('sae.W_enc'), D, LATENTS),
        bEnc: await start.readFloat32('sae.b_enc'),
        wDec: options.freeDecoderNorm === true ? atNorms(wDec) : wDec,
        bDec: await start.readFloat32('sae.b_dec'),
      },
      seed: 0,
      ...options,
    });
    const x = await start.readFloat32('x');
    const dead = golden.tensors.has(`${name}.dead`)
      ? ((await golden.read(`${name}.dead`)).data as Uint8Array)
      : undefined;
    const rates = golden.tensors.has(`${name}.lr`) ? await read('lr') : undefined;
    const losses: number[] = [];
    const counts: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const from = (step * ROWS * D) % x.length;
      const marks = dead?.subarray(step * LATENTS, (step + 1) * LATENTS);
      const usesMarks = learner.activation.preActCoeff > 0 && marks !== undefined;
      const found = await learner.step(x.slice(from, from + ROWS * D), undefined, {
        learningRate: rates?.[step] ?? LR,
        sparsityCoeff: coefficient * Math.min(1, step / (warmup ?? 1) || (warmup ? 0 : 1)),
        ...(usesMarks ? { dead: marks } : {}),
      });
      losses.push(found.loss);
      counts.push(found.l0);
    }
    // Its powers and the factor are float32's.
    const limit = exact === true ? 1e-5 : 3e-6;
    expect(losses, 'loss').toBeClose(await read('loss'), { relative: limit, absolute: 0 });
    expect(counts, 'l0').toBeClose(await read('l0'), { relative: limit });
    const { wEnc, bEnc, bDec, threshold, ...others } = (await learner.coder({})).weights;
    const final = (key: string): Promise<Float32Array> =>
      golden.readFloat32(`${name}.final.${key}`);
    expect(transpose(wEnc, LATENTS, D), 'W_enc').toBeNear(await final('W_enc'), limit);
    expect(bEnc, 'b_enc').toBeNear(await final('b_enc'), limit);
    expect(others.wDec, 'W_dec').toBeNear(await final('W_dec'), limit);
    expect(bDec, 'b_dec').toBeNear(await final('b_dec'), limit);
    if (learner.activation.trainsThreshold) {
      expect(threshold, 'threshold').toBeNear(await final('threshold'), limit);
    }
    learner.close();
  },
);

/** Rows of several norms, as the maker of the golden file starts them where they are free. */
function atNorms(wDec: Float32Array): Float32Array {
  return wDec.map((value, i) => value * (0.1 + Math.floor(i / D) / LATENTS));
}
