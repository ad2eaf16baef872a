import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { openKernels } from '../../compute/kernels/open.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { initWeights } from '../../sae/learning/init.ts';
import { createLearner } from '../../sae/learning/learner.ts';
import { newActivity } from '../steps/activity.ts';
import { FIRST_HOLD } from '../steps/held-l0.ts';
import { FIRST_RATE } from '../steps/rates.ts';
import { restoreState, saveState, type TrainingState } from './state.ts';

const [D, LATENTS, ROWS] = [6, 20, 30];
let kernels: Kernels;
let folder: string;
beforeAll(async () => {
  kernels = await openKernels({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'saev-state-'));
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

async function newState(freeDecoderNorm = false): Promise<TrainingState> {
  const learner = await createLearner(kernels, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation: { kind: 'relu' },
    objective: { kind: 'vanilla' },
    inputBias: 'decoder',
    removeParallelGrads: true,
    normalizeWDec: true,
    freeDecoderNorm,
    maxRows: ROWS,
    weights: initWeights({ dIn: D, dOut: D, dSae: LATENTS, seed: 3 }),
    seed: 3,
  });
  return { learner, activity: newActivity(LATENTS), rate: FIRST_RATE, held: FIRST_HOLD };
}

const rates = { learningRate: 1e-2, sparsityCoeff: 1e-3 };
const random = new Random(4);
const batch = Float32Array.from({ length: ROWS * D }, () => random.normal());

it.each([
  ['now', (record: Record<string, unknown>) => record],
  // Runs of before say the density itself; the kernels keep it to themselves now.
  [
    'before',
    ({ kernels: saved, ...record }: Record<string, unknown>) => ({
      ...record,
      ...(saved as object),
    }),
  ],
])('takes up a state as it is written %s and goes on to the same bits', async (_, rewritten) => {
  const first = await newState();
  await first.learner.step(batch, undefined, rates);
  await saveState(folder, first);
  const path = join(folder, 'state-1.json');
  const record = rewritten(JSON.parse(await readFile(path, 'utf8')));
  await writeFile(path, JSON.stringify(record));

  const second = await newState();
  await restoreState(folder, 1, second);
  expect(await second.learner.save()).toEqual(await first.learner.save());
  for (const { learner } of [first, second]) await learner.step(batch, undefined, rates);
  expect(await second.learner.save()).toEqual(await first.learner.save());
  for (const { learner } of [first, second]) learner.close();
});

it('takes up the lengths of free decoder rows, which the weights do not show', async () => {
  const first = await newState(true);
  await first.learner.step(batch, undefined, rates);
  await saveState(folder, first);
  const second = await newState(true);
  await restoreState(folder, 1, second);
  const norms = await second.learner.device.read('decoderNorms');
  expect(norms).toEqual(await first.learner.device.read('decoderNorms'));
  expect(Math.max(...norms)).toBeGreaterThan(1.01);
  for (const { learner } of [first, second]) await learner.step(batch, undefined, rates);
  expect(await second.learner.save()).toEqual(await first.learner.save());
  for (const { learner } of [first, second]) learner.close();
});

it.each([0.001, null])(
  'hands the density of a run of before to the kernels (%s)',
  async (density) => {
    const state = await newState();
    await state.learner.step(batch, undefined, rates);
    await saveState(folder, state);
    const path = join(folder, 'state-1.json');
    const { kernels: _, ...record } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...record, density }));
    await restoreState(folder, 1, state);
    expect(await state.learner.device.saveState()).toEqual({ density });
    state.learner.close();
  },
);
