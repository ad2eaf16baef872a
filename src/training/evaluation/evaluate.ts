// How good a coder is on a whole data set.

import { batchesTogether } from '../../activations/together.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { type Progress, startProgress } from '../../base/progress.ts';
import type { BatchSums } from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { createSpread, type Spread } from './spread.ts';

/** Below this share of rows a latent is almost dead; above the other it is dense (saev's limits). */
const ALMOST_DEAD = 1e-7;
const DENSE = 1e-2;

/** Anything that can encode and reconstruct. */
export interface Evaluated {
  readonly dSae: number;
  evaluate(
    acts: Float32Array,
    targets: Float32Array | undefined,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
}

/** How good a coder is, over a whole set of rows. */
export interface Evaluation {
  readonly rows: number;
  /** Mean number of `f > 0` in a row. */
  readonly l0: number;
  /** Mean of `Σ f`. */
  readonly l1: number;
  /** Mean of `(x̂ − target)²` over rows and dimensions. */
  readonly mse: number;
  /** `Σ|target − x̂|² / Σ|target − mean target|²` over the whole set, float64. */
  readonly normalizedMse: number;
  /** 1 − normalizedMse. */
  readonly explainedVariance: number;
  /** Latents that never fired; that fired on fewer than 1e-7 of the rows (the dead among them); on more than 1e-2. */
  readonly nDead: number;
  readonly nAlmostDead: number;
  readonly nDense: number;
  readonly almostDeadThreshold: number;
  readonly denseThreshold: number;
  /** `[dSae]`: share of rows in which each latent fired. */
  readonly freqs: Float32Array;
  /** `[dSae]`: mean value of each latent where it fired; NaN where it never did, as in the original. */
  readonly meanValues: Float32Array;
}

/** How an evaluation reads. */
export interface EvaluateOptions {
  /** Rows of one call of the coders. */
  readonly batchSize: number;
  /** Read the first rows only. @default all of them */
  readonly nRows?: number;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/**
 * Evaluate several coders in one pass over `source`, in float64 sums. The coders must take rows of its width on its
 * scale; `source.batches` may give targets, else each row is its own.
 */
export async function evaluate(
  coders: readonly Evaluated[],
  source: ActivationSource,
  options: EvaluateOptions,
): Promise<Evaluation[]> {
  const [evaluations] = await evaluateTogether([{ coders, source }], options);
  return evaluations!;
}

/** Coders and the rows that they are evaluated on. */
export interface CodersOfSource {
  readonly coders: readonly Evaluated[];
  readonly source: ActivationSource;
}

/** Evaluate coders on sources that are read side by side, as {@link evaluate} does those of one. */
export async function evaluateTogether(
  sets: readonly CodersOfSource[],
  options: EvaluateOptions,
): Promise<Evaluation[][]> {
  const sources = sets.map(({ source }) => source);
  const { length } = sources[0]!;
  const { batchSize, nRows = length, signal } = options;
  const total = Math.min(nRows, length);
  const progress = options.progress ?? startProgress('evaluate', { total, unit: 'rows' });
  const tallies = sets.map(({ coders }) => coders.map(({ dSae }) => createTally(dSae)));
  const spreads = sets.map(() => createSpread());
  let left = total;
  try {
    for await (const batches of batchesTogether(sources, { batchSize, signal, reuse: true })) {
      const rows = Math.min(left, batches[0]!.exampleIndex.length);
      for (const [i, { coders, source }] of sets.entries()) {
        const { dModel, dTarget = dModel } = source;
        const acts = batches[i]!.acts.subarray(0, rows * dModel);
        const targets = batches[i]!.targets?.subarray(0, rows * dTarget);
        for (const [j, coder] of coders.entries()) {
          const { codes, sums } = await coder.evaluate(acts, targets);
          tallies[i]![j]!.add(codes, sums);
        }
        spreads[i]!.add(targets ?? acts, rows);
      }
      progress.tick(rows);
      left -= rows;
      if (left === 0) break;
    }
  } finally {
    progress.end();
  }
  return tallies.map((own, i) => own.map((tally) => tally.result(spreads[i]!)));
}

function createTally(dSae: number): {
  add(codes: SparseRows, sums: BatchSums): void;
  result(spread: Spread): Evaluation;
} {
  const fired = new Float64Array(dSae);
  const values = new Float64Array(dSae);
  let [l0, l1, squaredError] = [0, 0, 0];
  return {
    add({ index, value }, sums) {
      for (let p = 0; p < index.length; p++) {
        if (value[p]! > 0) fired[index[p]!]!++;
        values[index[p]!]! += value[p]!;
      }
      l0 += sums.l0;
      l1 += sums.l1;
      squaredError += sums.squaredError[0]!;
    },
    result(spread) {
      const { rows } = spread;
      const freqs = Float32Array.from(fired, (n) => n / rows);
      const count = (test: (share: number) => boolean): number =>
        fired.reduce((n, f) => n + (test(f / rows) ? 1 : 0), 0);
      const normalizedMse = squaredError / spread.total();
      return {
        rows,
        l0: l0 / rows,
        l1: l1 / rows,
        mse: squaredError / (rows * spread.dimensions),
        normalizedMse,
        explainedVariance: 1 - normalizedMse,
        nDead: count((share) => share === 0),
        nAlmostDead: count((share) => share < ALMOST_DEAD),
        nDense: count((share) => share > DENSE),
        almostDeadThreshold: ALMOST_DEAD,
        denseThreshold: DENSE,
        freqs,
        meanValues: Float32Array.from(values, (sum, s) => sum / fired[s]!),
      };
    },
  };
}
