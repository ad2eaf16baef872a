// What an interrupted training of heads goes on from, in one file.
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { EpochReport } from './epoch-report.ts';
import type { HeadLearner } from './head-learner.ts';

/** Where training stands. */
export interface TrainingPosition {
  epoch: number;
  /** Batches of the epoch that have been read. */
  batch: number;
  /** Rows learnt from in the epoch. */
  rows: number;
  /** `[heads]`, sums of the epoch so far. */
  loss: number[];
  correct: number[];
  /** Rows of each class, counted in the first epoch. */
  classRows: number[];
  /** Epochs that are done. */
  readonly history: EpochReport[];
}

/** Write parameters, moments and the position; `settings` says what they belong to. */
export async function saveState(
  path: string,
  settings: string,
  learner: HeadLearner,
  position: TrainingPosition,
): Promise<void> {
  const tensors = [...learner.tensors()].map(
    ([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }] as const,
  );
  const metadata = {
    settings,
    steps: String(learner.steps),
    position: JSON.stringify(position),
  };
  await writeSafetensors(path, tensors, { metadata });
}

/**
 * Bring a learner to the state of a file; undefined when there is no such file.
 * @throws {UserError} when the file is of another training, or damaged.
 */
export async function restoreState(
  path: string,
  settings: string,
  learner: HeadLearner,
): Promise<TrainingPosition | undefined> {
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const file = await openSafetensors(path);
  try {
    const { settings: theirs, steps, position } = file.metadata;
    if (theirs !== settings) {
      throw new UserError(`the training that '${path}' goes on from had other settings or rows`, {
        hint: 'give the settings it began with, or delete the file to begin anew',
      });
    }
    for (const [name, values] of learner.tensors()) {
      if (file.tensors.get(name)?.shape[0] !== values.length) {
        throw new UserError(`invalid training state: ${name} in '${path}' does not fit`);
      }
      await file.readElements(name, 0, values);
    }
    learner.steps = Number(steps);
    return JSON.parse(position ?? '') as TrainingPosition;
  } finally {
    await file.close();
  }
}
