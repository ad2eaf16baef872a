// What a killed run goes on from: parameters, moments and positions, written now and then.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import type { TensorName } from '../../compute/kernels/types.ts';
import {
  openSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../../formats/safetensors.ts';
import type { Learner } from '../../sae/learning/learner.ts';
import type { Activity } from '../steps/activity.ts';
import { FIRST_HOLD, type HeldL0 } from '../steps/held-l0.ts';
import type { RatePosition } from '../steps/rates.ts';

const SINCE_FIRED = 'activity.sinceFired';
const ROWS_SINCE_FIRED = 'activity.rowsSinceFired';
const COUNTS = 'activity.counts';
const LAST_WINDOW = 'activity.lastWindow';

const word = z.int().min(0).max(0xffffffff);
const StateRecord = z.object({
  /** Updates made; the tensors' file carries the number in its name. */
  step: z.int().min(0),
  /** What the kernels keep; runs of before have their density alone. */
  kernels: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional(),
  density: z.number().nullable().optional(),
  random: z.tuple([word, word, word, word]),
  /** The threshold that a coder has learnt for all its latents. */
  threshold: z.number().optional(),
  /** Width of the kernel of thresholds, where the first batch has chosen it. */
  width: z.number().optional(),
  /** Where p-annealing stands. */
  annealing: z
    .object({ factor: z.number(), recent: z.array(z.tuple([z.number(), z.number()])) })
    .optional(),
  /** Where the learning rate stands. */
  rate: z.object({ scheduled: z.int().min(0), dip: z.int().min(0) }),
  /** Where the controller of the sparsity coefficient stands; runs of before have none. */
  held: z.object({ factor: z.number(), l0: z.number().optional(), rate: z.number() }).optional(),
  /** Rows since the counts of firing were reset. */
  windowRows: z.int().min(0),
});

/** What changes of a run as it trains. */
export interface TrainingState {
  readonly learner: Learner;
  readonly activity: Activity;
  rate: RatePosition;
  held: HeldL0;
}

/** Write a run's state into `folder`, beside those of earlier steps. */
export async function saveState(folder: string, state: TrainingState): Promise<void> {
  await makeFolder(folder);
  const { activity, rate, held } = state;
  const { tensors, updates, kernels, random, threshold, width, annealing } =
    await state.learner.save();
  const entries: [string, TensorToWrite][] = [...tensors].map(([name, data]) => [
    name,
    { dtype: 'F32', shape: [data.length], data },
  ]);
  const shape = [activity.counts.length];
  entries.push([SINCE_FIRED, { dtype: 'U32', shape, data: activity.sinceFired }]);
  entries.push([ROWS_SINCE_FIRED, { dtype: 'F64', shape, data: activity.rowsSinceFired }]);
  entries.push([COUNTS, { dtype: 'F64', shape, data: activity.counts }]);
  const { lastWindow } = activity;
  if (lastWindow !== undefined)
    entries.push([LAST_WINDOW, { dtype: 'F32', shape, data: lastWindow }]);
  await writeSafetensors(tensorFile(folder, updates), entries, {
    metadata: { step: String(updates) },
  });
  await writeJsonAtomic(recordFile(folder, updates), {
    step: updates,
    kernels,
    random,
    threshold,
    width,
    annealing,
    rate,
    held,
    windowRows: activity.rows,
  });
}

/** Steps whose state is whole, ascending. */
export async function savedSteps(folder: string): Promise<number[]> {
  if ((await kindOfPath(folder)) !== 'folder') return [];
  const names = await readdir(folder);
  return names
    .map((name) => /^state-(\d+)\.json$/.exec(name)?.[1])
    .filter((step) => step !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Remove the states of all steps but `step`, and what a kill left half-written. */
export async function keepOnlyState(folder: string, step: number): Promise<void> {
  const kept = [tensorFile('', step), recordFile('', step)];
  for (const name of await readdir(folder)) {
    if (!kept.includes(name)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Bring a run to the state of `step` in `folder`.
 * @throws {UserError} when the files do not fit it.
 */
export async function restoreState(
  folder: string,
  step: number,
  state: TrainingState,
): Promise<void> {
  const { learner, activity } = state;
  const path = recordFile(folder, step);
  const parsed = StateRecord.safeParse(await readJson(path, 'training state'));
  if (!parsed.success) throw new UserError(`invalid training state: '${path}'`);
  const {
    density = null,
    kernels = { density },
    random,
    threshold,
    width,
    annealing,
  } = parsed.data;
  const { rate, held = FIRST_HOLD, windowRows } = parsed.data;
  const file = await openSafetensors(tensorFile(folder, step));
  const checkSize = (name: string, size: number): void => {
    if (file.tensors.get(name)?.shape[0] === size) return;
    throw new UserError(`invalid training state: ${name} in '${file.path}' does not fit the coder`);
  };
  try {
    const tensors = new Map<TensorName, Float32Array>();
    for (const [name, values] of (await learner.save()).tensors) {
      checkSize(name, values.length);
      tensors.set(name, await file.readFloat32(name));
    }
    const { sinceFired, rowsSinceFired, counts } = activity;
    for (const name of [SINCE_FIRED, COUNTS]) checkSize(name, counts.length);
    sinceFired.set((await file.read(SINCE_FIRED)).data as Uint32Array);
    counts.set((await file.read(COUNTS)).data as Float64Array);
    // States of before do not have it: they are of runs without AuxK.
    if (file.tensors.has(ROWS_SINCE_FIRED)) {
      checkSize(ROWS_SINCE_FIRED, counts.length);
      rowsSinceFired.set((await file.read(ROWS_SINCE_FIRED)).data as Float64Array);
    }
    activity.rows = windowRows;
    if (file.tensors.has(LAST_WINDOW)) activity.lastWindow = await file.readFloat32(LAST_WINDOW);
    await learner.restore({ tensors, updates: step, kernels, random, threshold, width, annealing });
    state.rate = rate;
    state.held = held;
  } finally {
    await file.close();
  }
}

function recordFile(folder: string, step: number): string {
  return join(folder, `state-${step}.json`);
}

function tensorFile(folder: string, step: number): string {
  return join(folder, `tensors-${step}.safetensors`);
}
