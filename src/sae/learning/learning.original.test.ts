// Training as transcoder-circuits' own trainer does it, from the same weights, batches and random draws.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { geometricMedian } from './geometric-median.ts';
import { createLearner, type Learner } from './learner.ts';
import type { LearnerOptions } from './learner-options.ts';
import type { Losses } from './losses.ts';

const L1 = 3e-3;
const SCALE = 0.2;
const DEAD_AFTER = 4;

interface Run {
  readonly name: string;
  readonly start: 'sae' | 'narrow';
  /** Columns of y that are the target; 0: the input. */
  readonly target: number;
  readonly options: Partial<LearnerOptions>;
}

const runs: Run[] = [
  { name: 'plain', start: 'sae', target: 0, options: { inputBias: 'decoder' } },
  { name: 'ghosts', start: 'sae', target: 0, options: { inputBias: 'decoder' } },
  { name: 'transcoder', start: 'narrow', target: 16, options: { inputBias: 'own' } },
  { name: 'transcoderGhosts', start: 'sae', target: 24, options: { inputBias: 'own' } },
  { name: 'connected', start: 'narrow', target: 16, options: { inputBias: 'own' } },
  { name: 'resampled', start: 'sae', target: 0, options: { inputBias: 'decoder' } },
];

let file: SafetensorsFile;
beforeAll(async () => {
  const url = new URL('../../../fixtures/training/language.safetensors', import.meta.url);
  file = await openSafetensors(url.pathname);
});
afterAll(() => file.close());

const floats = (name: string): Promise<Float32Array> => file.readFloat32(name);
const doubles = async (name: string): Promise<Float64Array> =>
  (await file.read(name)).data as Float64Array;
const integers = async (name: string): Promise<Uint32Array> =>
  Uint32Array.from((await file.read(name)).data as BigInt64Array, Number);

async function weightsAt(
  prefix: string,
  own: boolean,
): Promise<Record<'wEnc' | 'bEnc' | 'wDec' | 'bDec', Float32Array> & { bIn?: Float32Array }> {
  const [dIn, dSae] = file.tensors.get(`${prefix}.W_enc`)!.shape as [number, number];
  return {
    wEnc: transpose(await floats(`${prefix}.W_enc`), dIn, dSae),
    bEnc: await floats(`${prefix}.b_enc`),
    wDec: await floats(`${prefix}.W_dec`),
    bDec: await floats(`${prefix}.${own ? 'b_dec_out' : 'b_dec'}`),
    ...(own ? { bIn: await floats(`${prefix}.b_dec`) } : {}),
  };
}

/** A batch of the fixture, `[64, 24]`, and the first `width` columns of its target. */
async function batchAt(step: number, width: number): Promise<[Float32Array, Float32Array?]> {
  const [nBatches, rows, dIn] = file.tensors.get('x')!.shape as [number, number, number];
  const from = (step % nBatches) * rows;
  const x = (await floats('x')).slice(from * dIn, (from + rows) * dIn);
  if (width === 0) return [x];
  const y = (await floats('y')).slice(from * dIn, (from + rows) * dIn);
  return [x, y.filter((_, i) => i % dIn < width)];
}

/** What the original's trainer does around its steps, from what it drew at random. */
async function train(learner: Learner, { name, target }: Run): Promise<Losses[]> {
  const dSae = 96;
  const rates = await doubles(`${name}.rates`);
  const resampledAt =
    name === 'resampled' ? (await integers('resampled.resampled_at'))[0] : undefined;
  const unfired = new Uint32Array(dSae);
  const losses: Losses[] = [];
  for (const [step, learningRate] of rates.entries()) {
    if (step === resampledAt) {
      const drawn = await integers('resampled.drawn');
      const inputs = await floats('resample.inputs');
      const rows = new Float32Array(drawn.length * 24);
      drawn.forEach((row, k) => {
        rows.set(inputs.subarray(row * 24, (row + 1) * 24), k * 24);
      });
      const latents = (await integers('resampled.resampled')).subarray(0, drawn.length);
      await learner.resample(latents, { inputs: rows }, { method: 'anthropic', scale: SCALE });
    }
    const [x, y] = await batchAt(step, target);
    const dead = Uint8Array.from(unfired, (steps) => (steps > DEAD_AFTER ? 1 : 0));
    const ghosts = name.toLowerCase().includes('ghosts') ? { dead } : {};
    losses.push(await learner.step(x, y, { learningRate, sparsityCoeff: L1, ...ghosts }));
    (await learner.fired()).forEach((rows, s) => {
      unfired[s] = rows > 0 ? 0 : unfired[s]! + 1;
    });
  }
  return losses;
}

describe.each([
  ['reference', async () => referenceKernels(), 1e-6],
  ['cpu, sparse', () => cpuKernels({ threads: 2, products: 'sparse' }), 2e-6],
  ['cpu, dense', () => cpuKernels({ threads: 2, products: 'dense' }), 2e-6],
] as [string, () => Promise<Kernels>, number][])('50 steps, %s', (_, open, limit) => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await open();
  });
  afterAll(() => kernels.close());

  it.each(runs.map((run) => [run.name, run] as const))('%s', async (name, run) => {
    const own = run.options.inputBias === 'own';
    const dOut = run.target === 0 ? 24 : run.target;
    const learner = await createLearner(kernels, {
      dIn: 24,
      dOut,
      dSae: 96,
      activation: { kind: 'relu' },
      objective: { kind: 'vanilla' },
      inputBias: own ? 'own' : 'decoder',
      errorScale: 'targetNorm',
      removeParallelGrads: true,
      normalizeWDec: true,
      maxRows: 64,
      weights: await weightsAt(run.start, own),
      seed: 0,
      deadLatentAim: 'input',
      ...(name === 'connected'
        ? { sparseConnection: { directions: await floats('directions'), coefficient: 2e-2 } }
        : {}),
    });
    const losses = await train(learner, run);
    // Ghosts amplify rounding: their share is what is left divided by what they explain.
    const amplified = name.toLowerCase().includes('ghosts') ? 5 : 1;

    const expected = await doubles(`${name}.losses`);
    const column = (k: number): Float64Array => expected.filter((_, i) => i % 4 === k);
    const connection = name === 'connected' ? await doubles('connected.connection') : undefined;
    const golden = {
      // The original adds the connections' loss outside of what it returns.
      loss: column(0).map((loss, i) => loss + (connection?.[i] ?? 0)),
      mse: column(1),
      sparsity: column(2),
      ghost: column(3),
      connection: connection ?? new Float64Array(50),
    };
    for (const key of ['mse', 'sparsity', 'ghost', 'connection', 'loss'] as const) {
      const found = losses.map((loss) => loss[key]);
      expect(found, key).toBeClose(golden[key], { relative: amplified * limit, absolute: 0 });
    }
    if (amplified > 1) {
      expect(golden.ghost.filter((loss) => loss > 0).length).toBeGreaterThan(40);
    }

    const final = await weightsAt(`${name}.final`, own);
    for (const key of ['wEnc', 'bEnc', 'wDec', 'bDec', ...(own ? ['bIn' as const] : [])] as const) {
      expect(await learner.device.read(key), key).toBeNear(final[key]!, 1e-6 * amplified);
    }
    learner.close();
  });
});

it('resamples by squared error as the class does', async () => {
  const dead = Uint32Array.from({ length: 30 }, (_, i) => 60 + i);
  const learner = await createLearner(referenceKernels(), {
    dIn: 24,
    dOut: 24,
    dSae: 96,
    activation: { kind: 'relu' },
    objective: { kind: 'vanilla' },
    inputBias: 'decoder',
    removeParallelGrads: false,
    normalizeWDec: false,
    maxRows: 64,
    weights: await weightsAt('l2.before', false),
    seed: 0,
  });
  const [x] = await batchAt(0, 0);
  const rows = new Float32Array(dead.length * 24);
  (await integers('l2.drawn')).forEach((row, k) => {
    rows.set(x.subarray(row * 24, (row + 1) * 24), k * 24);
  });
  await learner.resample(dead, { inputs: rows }, { method: 'l2', scale: SCALE });
  const after = await weightsAt('l2.after', false);
  for (const key of ['wEnc', 'bEnc', 'wDec', 'bDec'] as const) {
    expect(await learner.device.read(key), key).toBeClose(after[key], {
      relative: 1e-5,
      absolute: 1e-7,
    });
  }
  learner.close();
});

it('finds the geometric median that the original finds, after few and after all iterations', async () => {
  const points = await floats('median.points');
  const all = await geometricMedian(points, 5);
  expect(all).toBeClose(await doubles('median.median'), { relative: 1e-6, absolute: 1e-7 });
  const few = await geometricMedian(points, 5, { maxIterations: 3 });
  expect(few).toBeClose(await doubles('median.after3'), { relative: 1e-6, absolute: 1e-7 });
  // What is asked for is a median, and no mean.
  expect(Math.hypot(...few.map((value, i) => value - all[i]!))).toBeGreaterThan(1e-4);
});
