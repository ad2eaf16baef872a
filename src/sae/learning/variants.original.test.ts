// BatchTopK, AuxK and Matryoshka as the programs train them that have them, from the same weights and batches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { createLearner } from './learner.ts';
import type { LearnerOptions } from './learner-options.ts';

const [D, LATENTS, ROWS, STEPS, LR] = [24, 96, 64, 50, 3e-3];

type Run = readonly [name: string, limit: number, options: Partial<LearnerOptions>];

const batchtopk = { kind: 'batchtopk', k: 6 } as const;
const free = { removeParallelGrads: false, normalizeWDec: false };
const runs: Run[] = [
  [
    'dl.batchtopk',
    3e-6,
    {
      activation: {
        ...batchtopk,
        thresholdRule: 'dictionaryLearning',
        thresholdShare: 0.1,
        thresholdAfter: 6,
      },
      aux: { rule: 'dictionaryLearning' },
    },
  ],
  [
    'sl.batchtopk',
    3e-6,
    {
      activation: { ...batchtopk, thresholdRule: 'saelens' },
      aux: { rule: 'saelens' },
      ...free,
    },
  ],
  [
    'dl.clipped',
    3e-6,
    {
      activation: {
        ...batchtopk,
        thresholdRule: 'dictionaryLearning',
        thresholdShare: 0.1,
        thresholdAfter: 6,
      },
      aux: { rule: 'dictionaryLearning' },
      // It clips gradients of errors that are summed over dimensions at 1.
      gradClip: 1 / D,
    },
  ],
  [
    'dl.matryoshka',
    3e-6,
    {
      activation: {
        ...batchtopk,
        thresholdRule: 'dictionaryLearning',
        thresholdShare: 0.1,
        thresholdAfter: 6,
      },
      // It weighs each group by one over their number, and takes the mean then.
      objective: { kind: 'matryoshka-fixed', fractions: [0.25, 0.25, 0.5], prefixWeight: 1 / 9 },
      aux: { rule: 'dictionaryLearning' },
    },
  ],
  [
    'sl.matryoshka',
    3e-6,
    {
      activation: { ...batchtopk, thresholdRule: 'saelens' },
      objective: { kind: 'matryoshka-fixed', widths: [24, 48], prefixWeight: 1 },
      aux: { rule: 'saelens' },
      ...free,
    },
  ],
  [
    'sl.rescaled',
    3e-6,
    {
      activation: { ...batchtopk, thresholdRule: 'saelens' },
      aux: { rule: 'saelens' },
      freeDecoderNorm: true,
    },
  ],
  [
    'sl.rescaledMatryoshka',
    3e-6,
    {
      activation: { ...batchtopk, thresholdRule: 'saelens' },
      objective: { kind: 'matryoshka-fixed', widths: [24, 48], prefixWeight: 1 },
      aux: { rule: 'saelens' },
      freeDecoderNorm: true,
    },
  ],
  ['saev.topk', 3e-6, { activation: { kind: 'topk', k: 6 }, aux: { rule: 'saev', latents: 8 } }],
];

let start: SafetensorsFile;
let golden: SafetensorsFile;
let kernels: Kernels;
beforeAll(async () => {
  const file = (name: string): string =>
    new URL(`../../../fixtures/training/${name}.safetensors`, import.meta.url).pathname;
  start = await openSafetensors(file('language'));
  golden = await openSafetensors(file('variants'));
  kernels = await cpuKernels({ threads: 2 });
});
afterAll(async () => {
  await kernels.close();
  await start.close();
  await golden.close();
});

it.each(runs)('50 steps of %s', async (name, limit, options) => {
  const read = async (key: string): Promise<Float64Array> =>
    (await golden.read(`${name}.${key}`)).data as Float64Array;
  const wDec = await start.readFloat32('sae.W_dec');
  const learner = await createLearner(kernels, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation: batchtopkOf(options),
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
  const dead = (await golden.read(`${name}.dead`)).data as Uint8Array;
  const rates = golden.tensors.has(`${name}.lr`) ? await read('lr') : undefined;
  const losses: number[] = [];
  const thresholds: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const from = (step * ROWS * D) % x.length;
    const { loss } = await learner.step(x.slice(from, from + ROWS * D), undefined, {
      learningRate: rates?.[step] ?? LR,
      sparsityCoeff: 0,
      explaining: dead.subarray(step * LATENTS, (step + 1) * LATENTS),
    });
    losses.push(loss);
    thresholds.push(learner.threshold ?? (name.startsWith('dl') ? -1 : 0));
  }
  expect(losses, 'loss').toBeClose(await read('loss'), { relative: limit, absolute: 0 });
  expect(thresholds, 'threshold').toBeClose(await read('threshold'), { relative: limit });
  const found = (await learner.coder({})).weights;
  const final = (key: string): Promise<Float32Array> => golden.readFloat32(`${name}.final.${key}`);
  expect(transpose(found.wEnc, LATENTS, D), 'W_enc').toBeNear(await final('W_enc'), limit);
  expect(found.bEnc, 'b_enc').toBeNear(await final('b_enc'), limit);
  expect(found.wDec, 'W_dec').toBeNear(await final('W_dec'), limit);
  expect(found.bDec, 'b_dec').toBeNear(await final('b_dec'), limit);
  learner.close();
});

function batchtopkOf({ activation }: Partial<LearnerOptions>): LearnerOptions['activation'] {
  return activation ?? { ...batchtopk, thresholdRule: 'saev' };
}

/** The decoder with rows of norms from 0.1 on, as the golden runs with free norms begin. */
function atNorms(wDec: Float32Array): Float32Array {
  return wDec.map((value, i) => value * (0.1 + Math.floor(i / D) / LATENTS));
}
