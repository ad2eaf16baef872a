import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { readCoder } from '../checkpoints/read-coder.ts';
import { writeCheckpoint } from '../checkpoints/registry.ts';
import { encoderRow, encoderRows } from '../encoder-rows.ts';
import { initWeights } from '../learning/init.ts';
import { createLearner, type Learner } from '../learning/learner.ts';
import type { LearnerOptions } from '../learning/learner-options.ts';
import { openCoder } from '../open-coder.ts';

const [D, LATENTS, ROWS] = [12, 40, 200];
const RATES = { learningRate: 3e-3, sparsityCoeff: 0.02 };

let kernels: Kernels;
let folder: string;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 2 });
  folder = await mkdtemp(join(tmpdir(), 'saev-gated-'));
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

const random = new Random(5);
const batch = (): Float32Array => Float32Array.from({ length: ROWS * D }, () => random.normal());
const open = (change: Partial<LearnerOptions> = {}): Promise<Learner> =>
  createLearner(kernels, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation: { kind: 'gated', gateRule: 'dictionaryLearning' },
    objective: { kind: 'vanilla' },
    inputBias: 'decoder',
    removeParallelGrads: true,
    normalizeWDec: true,
    maxRows: ROWS,
    weights: initWeights({ dIn: D, dOut: D, dSae: LATENTS, seed: 1 }),
    seed: 1,
    ...change,
  });

it('learns gates apart from codes, resumes to the same bits and is read back from every format that has it', async () => {
  const [learner, other] = [await open(), await open()];
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    const found = await learner.step(batch(), undefined, RATES);
    expect(found.loss).toBeCloseTo(found.mse + found.sparsity + found.gate, 6);
    losses.push(found.mse);
  }
  expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  await other.restore(await learner.save());
  const next = batch();
  for (const each of [learner, other]) await each.step(next, undefined, RATES);
  expect(await other.save()).toEqual(await learner.save());

  const coder = await learner.coder({});
  const { gated, bEnc } = coder.weights;
  expect(gated!.rMag.some((value) => Math.abs(value) > 1e-3)).toBe(true);
  expect(gated!.bGate).not.toEqual(bEnc);
  const x = batch();
  const now = await learner.evaluate(x, undefined);
  for (const format of ['saelens', 'dictionary-learning'] as const) {
    const path = join(folder, format);
    await writeCheckpoint(coder, path, format);
    const read = await readCoder(path);
    expect(read.config.activation, format).toEqual({ kind: 'gated' });
    const opened = await openCoder(read, { kernels });
    const again = await opened.encodeScaled(x);
    expect(again.rowStart, format).toEqual(now.codes.rowStart);
    expect(again.index, format).toEqual(now.codes.index);
    expect(again.value).toBeClose(now.codes.value, { relative: 1e-4, absolute: 1e-5 });
    const measured = await opened.evaluateScaled(x);
    expect(measured.sums.squaredError).toBeClose(now.sums.squaredError, { relative: 1e-4 });
    await opened.close();
  }
  for (const each of [learner, other]) each.close();
});

it('gives rows by which codes are linear', async () => {
  const learner = await open({ inputBias: 'none' });
  for (let step = 0; step < 20; step++) await learner.step(batch(), undefined, RATES);
  const { weights } = await learner.coder({});
  const x = batch();
  const { codes } = await learner.evaluate(x, undefined);
  const rows = encoderRows(weights);
  const expected = Array.from(codes.index, (s, p) => {
    const r = codes.rowStart.findIndex((end, i) => i > 0 && p < end) - 1;
    const row = rows.subarray(s * D, (s + 1) * D);
    return row.reduce((sum, w, i) => sum + w * x[r * D + i]!, weights.bEnc[s]!);
  });
  expect(codes.value).toBeClose(expected, { relative: 1e-4, absolute: 1e-5 });
  expect(encoderRow(weights, 7)).toEqual(rows.slice(7 * D, 8 * D));
  learner.close();
});

it('starts latents again with gates, codes and moments that are new', async () => {
  const learner = await open();
  for (let step = 0; step < 5; step++) await learner.step(batch(), undefined, RATES);
  await learner.resample(
    Uint32Array.of(3, 9),
    { inputs: batch().slice(0, 2 * D) },
    { method: 'l2' },
  );
  for (const name of ['bEnc', 'bMag', 'rMag', 'bMag.m', 'rMag.v'] as const) {
    const values = await learner.device.read(name);
    expect([values[3], values[9]], name).toEqual([0, 0]);
    expect(values.some((value) => value !== 0)).toBe(true);
  }
  learner.close();
});

it('lets dead latents open their gates again (AuxK)', async () => {
  const weights = initWeights({ dIn: D, dOut: D, dSae: LATENTS, seed: 1 });
  weights.bEnc.fill(-30, 0, 10);
  const learner = await open({ weights, aux: { rule: 'saev', coefficient: 1 } });
  const explaining = Uint8Array.from({ length: LATENTS }, (_, s) => (s < 10 ? 1 : 0));
  const before = await learner.device.read('bEnc');
  for (let step = 0; step < 5; step++) {
    const { aux } = await learner.step(batch(), undefined, { ...RATES, explaining });
    expect(aux).toBeGreaterThan(0);
  }
  const after = await learner.device.read('bEnc');
  expect(after.slice(0, 10).every((value, s) => value !== before[s])).toBe(true);
  learner.close();
});

it('is refused with an objective of parts', async () => {
  await expect(open({ objective: { kind: 'matryoshka', nPrefixes: 3 } })).rejects.toThrow(
    'unsupported objective: matryoshka for a gated coder',
  );
});
