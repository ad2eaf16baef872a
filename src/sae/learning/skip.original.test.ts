// A transcoder with a skip connection as sparsify's own class gives it, from the same weights and batches.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { readCoder } from '../checkpoints/read-coder.ts';
import { writeCheckpoint } from '../checkpoints/registry.ts';
import { openCoder } from '../open-coder.ts';
import { createLearner, type Learner } from './learner.ts';
import type { LearnerOptions } from './learner-options.ts';

const [D, LATENTS, ROWS, STEPS, LR] = [24, 96, 64, 50, 3e-3];

let start: SafetensorsFile;
let golden: SafetensorsFile;
let kernels: Kernels;
let folder: string;
let x: Float32Array;
let y: Float32Array;
beforeAll(async () => {
  const file = (name: string): string =>
    new URL(`../../../fixtures/training/${name}.safetensors`, import.meta.url).pathname;
  start = await openSafetensors(file('language'));
  golden = await openSafetensors(file('skip'));
  kernels = await cpuKernels({ threads: 2 });
  folder = await mkdtemp(join(tmpdir(), 'saev-skip-'));
  x = await start.readFloat32('x');
  y = await start.readFloat32('y');
});
afterAll(async () => {
  await kernels.close();
  await start.close();
  await golden.close();
  await rm(folder, { recursive: true });
});

const open = async (change: Partial<LearnerOptions> = {}): Promise<Learner> =>
  createLearner(kernels, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation: { kind: 'topk', k: 6 },
    objective: { kind: 'vanilla' },
    inputBias: 'none',
    skip: true,
    removeParallelGrads: false,
    normalizeWDec: false,
    maxRows: ROWS,
    weights: {
      wEnc: transpose(await start.readFloat32('sae.W_enc'), D, LATENTS),
      bEnc: await start.readFloat32('sae.b_enc'),
      wDec: await start.readFloat32('sae.W_dec'),
      bDec: await start.readFloat32('sae.b_dec_out'),
    },
    seed: 0,
    ...change,
  });
const batch = (step: number): [Float32Array, Float32Array] => {
  const from = (step * ROWS * D) % x.length;
  return [x.slice(from, from + ROWS * D), y.slice(from, from + ROWS * D)];
};
const rates = { learningRate: LR, sparsityCoeff: 0 };

it('50 steps of sparsify with a mean squared error', async () => {
  const learner = await open();
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    losses.push((await learner.step(...batch(step), rates)).loss);
  }
  const limit = 3e-6;
  expect(losses, 'loss').toBeClose((await golden.read('loss')).data as Float64Array, {
    relative: limit,
    absolute: 0,
  });
  const { wEnc, bEnc, wDec, bDec, wSkip } = (await learner.coder({})).weights;
  const found = {
    W_enc: transpose(wEnc, LATENTS, D),
    b_enc: bEnc,
    W_dec: wDec,
    b_dec: bDec,
    W_skip: wSkip!,
  };
  for (const [key, values] of Object.entries(found)) {
    expect(values, key).toBeNear(await golden.readFloat32(`final.${key}`), limit);
  }
  learner.close();
});

it.each([
  ['sparsify', 'topk', 'own'],
  ['saelens', 'gated', 'own'],
  ['saelens', 'batchtopk', 'none'],
] as const)(
  'resumes to the same bits and is read back from %s: %s',
  async (format, kind, inputBias) => {
    const activation: LearnerOptions['activation'] =
      kind === 'gated'
        ? { kind, gateRule: 'saelens' }
        : kind === 'topk'
          ? { kind, k: 6 }
          : { kind, k: 6, thresholdRule: 'saev' };
    const change = { activation, inputBias, errorScale: 'targetNorm', gradClip: 0.1 } as const;
    const [learner, other] = [await open(change), await open(change)];
    for (let step = 0; step < 12; step++) await learner.step(...batch(step), rates);
    await other.restore(await learner.save());
    for (const each of [learner, other]) await each.step(...batch(12), rates);
    expect(await other.save()).toEqual(await learner.save());

    const made = await learner.coder({});
    const coder = { ...made, config: { ...made.config, isTranscoder: true } };
    const path = join(folder, `${format}-${kind}`);
    await writeCheckpoint(coder, path, format);
    const read = await readCoder(path);
    expect(read.weights.wSkip).toEqual(coder.weights.wSkip);
    const [inputs, targets] = batch(3);
    const now = await learner.evaluate(inputs, targets);
    const opened = await openCoder(read, { kernels });
    const then = await opened.evaluateScaled(inputs, targets);
    expect(then.codes.index).toEqual(now.codes.index);
    expect(then.sums.squaredError).toBeClose(now.sums.squaredError, { relative: 1e-4 });
    await opened.close();
    for (const each of [learner, other]) each.close();
  },
);

it('does not let dead latents aim at inputs', async () => {
  await expect(open({ deadLatentAim: 'input' })).rejects.toThrow(
    'unsupported deadLatentAim: input',
  );
});
