import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import { readCoder } from '../checkpoints/read-coder.ts';
import { writeCheckpoint } from '../checkpoints/registry.ts';
import { initWeights } from '../learning/init.ts';
import { createLearner, type Learner } from '../learning/learner.ts';
import { openCoder } from '../open-coder.ts';
import type { ActivationChoice } from './registry.ts';
import { resolveActivation } from './resolve.ts';

type Choice = Extract<ActivationChoice, { kind: 'batchtopk' }>;
const choice = (more: Partial<Choice> = {}): Choice => ({
  kind: 'batchtopk',
  k: 2,
  thresholdRule: 'saev',
  ...more,
});

/** The threshold after each of some batches. */
function thresholds(options: Choice, smallest: readonly number[]): (number | undefined)[] {
  const { learnThreshold } = resolveActivation(options);
  let now: number | undefined;
  return smallest.map((value, i) => {
    now = learnThreshold!({ now, smallest: value, step: i + 1 });
    return now;
  });
}

it.each([
  ['saev', choice(), [0.1 * 4, 0.09 * 4 + 0.1 * 2, 0.09 * 4 + 0.1 * 2]],
  ['saelens', choice({ thresholdRule: 'saelens' }), [0.04, 0.0396 + 0.02, 0.0396 + 0.02]],
  [
    'dictionaryLearning',
    choice({ thresholdRule: 'dictionaryLearning', thresholdAfter: 1, thresholdShare: 0.5 }),
    [undefined, 2, 1],
  ],
] as const)('learns its threshold as %s does', (_, options, expected) => {
  const found = thresholds(options, [4, 2, Number.POSITIVE_INFINITY]);
  expect(found.map((value) => value ?? -1)).toBeClose(
    expected.map((value) => value ?? -1),
    { relative: 1e-12 },
  );
});

it('waits for step 1,001 by the rule of dictionary_learning', () => {
  const all = thresholds(
    choice({ thresholdRule: 'dictionaryLearning' }),
    new Array(1003).fill(0).map((_, i) => i),
  );
  expect(all.findIndex((value) => value !== undefined)).toBe(1001);
  expect(all.slice(1001)).toBeClose([1001, 1001.001], { relative: 1e-12 });
});

it('keeps as many latents in training and, by its threshold, from its checkpoint', async () => {
  const [d, dSae, rows] = [16, 64, 400];
  const kernels = await cpuKernels({ threads: 2 });
  const random = new Random(1);
  const batch = (): Float32Array => Float32Array.from({ length: rows * d }, () => random.normal());
  const open = (): Promise<Learner> =>
    createLearner(kernels, {
      dIn: d,
      dOut: d,
      dSae,
      activation: choice({ k: 6 }),
      objective: { kind: 'vanilla' },
      inputBias: 'decoder',
      removeParallelGrads: true,
      normalizeWDec: true,
      maxRows: rows,
      weights: initWeights({ dIn: d, dOut: d, dSae, seed: 1 }),
      seed: 1,
    });
  const [learner, other] = [await open(), await open()];
  const rates = { learningRate: 1e-3, sparsityCoeff: 1 };
  for (let step = 0; step < 60; step++) {
    const losses = await learner.step(batch(), undefined, rates);
    expect(losses.l0).toBe(6);
    expect(losses.loss).toBe(losses.mse);
  }
  const x = batch();
  const { sums } = await learner.evaluate(x, undefined);
  expect(sums.l0 / rows).toBeGreaterThan(5.5);
  expect(sums.l0 / rows).toBeLessThan(6.5);

  await other.restore(await learner.save());
  for (const each of [learner, other]) await each.step(x, undefined, rates);
  expect(await other.save()).toEqual(await learner.save());

  const folder = await mkdtemp(join(tmpdir(), 'saev-batchtopk-'));
  const coder = await learner.coder({});
  for (const format of ['saelens', 'saev', 'dictionary-learning'] as const) {
    const path = join(folder, format);
    await writeCheckpoint(coder, format === 'saev' ? `${path}.pt` : path, format);
    const read = await readCoder(format === 'saev' ? `${path}.pt` : path);
    expect(read.config.activation, format).toEqual({ kind: 'batchtopk', k: 6 });
    const opened = await openCoder(read, { kernels });
    const again = await opened.encodeScaled(x);
    const now = await learner.evaluate(x, undefined);
    expect(again.rowStart, format).toEqual(now.codes.rowStart);
    expect(again.value).toBeClose(now.codes.value, { relative: 1e-4, absolute: 1e-5 });
    await opened.close();
  }
  await rm(folder, { recursive: true });
  for (const each of [learner, other]) each.close();
  await kernels.close();
});
