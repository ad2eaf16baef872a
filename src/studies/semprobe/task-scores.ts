// How well each latent tells the images of a task: counts while images pass, and F1 from them.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { CodedRows } from '../inference/token-acts.ts';
import type { Tasks } from './tasks.ts';

/** A latent on a task, at the threshold that is best for it. */
export interface TaskScore {
  readonly latent: number;
  readonly threshold: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  /** Positive, and negative, images of which it says yes. */
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Counts over the images that have passed. */
export interface TaskCounts {
  /** Take rows in order; the rows of an image may be cut anywhere. */
  add(rows: CodedRows): void;
  /** The last image has passed. */
  finish(): void;
  /** Score every latent on a task, `[dSae]`. The first of equally good thresholds is taken. */
  scores(task: number): TaskScore[];
}

/**
 * Begin to count. The value of a latent on an image is the sum of its codes over the rows; it says yes above a threshold.
 * Memory is `O(tasks · thresholds · dSae)`, however many images there are. Examples beyond those of `tasks` are left out.
 */
export function createTaskCounts(
  tasks: Tasks,
  { dSae, thresholds }: { readonly dSae: number; readonly thresholds: readonly number[] },
): TaskCounts {
  const size = thresholds.length * dSae;
  const hits = tasks.names.map(() => [new Uint32Array(size), new Uint32Array(size)] as const);
  const sums = new Float64Array(dSae);
  let example = -1;

  const closeImage = (): void => {
    if (example < 0 || example >= tasks.taskOf.length) return;
    const counts = hits[tasks.taskOf[example]!]![tasks.isPositive[example]!]!;
    for (let latent = 0; latent < dSae; latent++)
      for (let t = 0; t < thresholds.length; t++)
        if (sums[latent]! > thresholds[t]!) counts[t * dSae + latent]!++;
    sums.fill(0);
  };
  const addRow = ({ rowStart, index, value }: SparseRows, row: number): void => {
    for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) sums[index[p]!]! += value[p]!;
  };

  return {
    add({ codes, exampleIndex }) {
      for (let row = 0; row < exampleIndex.length; row++) {
        if (exampleIndex[row] !== example) {
          closeImage();
          example = exampleIndex[row]!;
        }
        addRow(codes, row);
      }
    },
    finish() {
      closeImage();
      example = -1;
    },
    scores(task) {
      const [falsePositives, truePositives] = hits[task]!;
      const positives = tasks.positives[task]!;
      return Array.from({ length: dSae }, (_, latent) => {
        let best: TaskScore | undefined;
        for (const [t, threshold] of thresholds.entries()) {
          const tp = truePositives[t * dSae + latent]!;
          const fp = falsePositives[t * dSae + latent]!;
          const f1 = tp === 0 ? 0 : (2 * tp) / (tp + fp + positives);
          if (best !== undefined && f1 <= best.f1) continue;
          best = {
            latent,
            threshold,
            f1,
            precision: tp === 0 ? 0 : tp / (tp + fp),
            recall: tp / positives,
            truePositives: tp,
            falsePositives: fp,
          };
        }
        return best!;
      });
    },
  };
}

/** The best scores, best first; of equal ones the latent with the smaller number. */
export function bestScores(scores: readonly TaskScore[], topK: number): TaskScore[] {
  return scores.toSorted((a, b) => b.f1 - a.f1 || a.latent - b.latent).slice(0, topK);
}
