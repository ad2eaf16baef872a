// Curated images: folders <task>-positive and <task>-negative.
import { UserError } from '../../base/errors.ts';
import type { ImageDataset } from '../../data/images/images.ts';

/** Which image is of which task, and on which side. */
export interface Tasks {
  readonly names: readonly string[];
  /** `[images]`, number of the task. */
  readonly taskOf: Int32Array;
  /** `[images]`, 1 where the image shows what the task is about. */
  readonly isPositive: Uint8Array;
  /** `[tasks]`, images of either side. */
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

const LAYOUT = 'images stand in folders <task>-positive and <task>-negative';

/**
 * Read the tasks from the labels of images.
 * @throws {UserError} for a label that is neither, and for a task with one side only.
 */
export function tasksOf(images: Pick<ImageDataset, 'length' | 'entry'>): Tasks {
  const names = new Map<string, number>();
  const taskOf = new Int32Array(images.length);
  const isPositive = new Uint8Array(images.length);
  const counts = { positive: [] as number[], negative: [] as number[] };
  for (let i = 0; i < images.length; i++) {
    const { label, source } = images.entry(i);
    const [, name, side] = /^(.+)-(positive|negative)$/s.exec(label) ?? [];
    if (name === undefined) {
      throw new UserError(`invalid label '${label}' of '${source}'`, { hint: LAYOUT });
    }
    if (!names.has(name)) {
      names.set(name, names.size);
      counts.positive.push(0);
      counts.negative.push(0);
    }
    const task = names.get(name)!;
    taskOf[i] = task;
    isPositive[i] = side === 'positive' ? 1 : 0;
    counts[side as 'positive' | 'negative'][task]!++;
  }
  for (const [name, task] of names) {
    for (const side of ['positive', 'negative'] as const) {
      if (counts[side][task] === 0) {
        throw new UserError(`invalid task '${name}': it has no images in '${name}-${side}'`, {
          hint: `${LAYOUT}; 'saev semprobe negatives' draws negative ones`,
        });
      }
    }
  }
  if (names.size === 0) throw new UserError('no images to score', { hint: LAYOUT });
  return {
    names: [...names.keys()],
    taskOf,
    isPositive,
    positives: counts.positive,
    negatives: counts.negative,
  };
}
