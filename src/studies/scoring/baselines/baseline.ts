// What autoencoders are compared with: other ways to make features of activations, none of which is trained to be sparse.
import type { ScoredCoder } from '../coded-rows.ts';

/** What a baseline is fitted with. */
export interface FitOptions {
  /** Width of a row. */
  readonly dModel: number;
  /** Features to make, where the kind has a choice. */
  readonly width: number;
  /** Features that stay in a row, where the kind has a choice: as many as the autoencoder's, so that errors compare. */
  readonly l0: number;
  readonly seed: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A kind of baseline, as one object: its file and a line in `registry.ts`. */
export interface Baseline {
  readonly name: string;
  /** What it is, in a sentence for docs and help. */
  readonly about: string;
  /** Fit it to rows `[rows, dModel]`. */
  fit(rows: Float32Array, options: FitOptions): Promise<ScoredCoder>;
}

/** Mean of rows `[rows, width]`. */
export function meanOf(rows: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width) {
    for (let i = 0; i < width; i++) sums[i]! += rows[at + i]!;
  }
  const n = Math.max(1, rows.length / width);
  return Float32Array.from(sums, (sum) => sum / n);
}

/** Rows less a vector, as a new array. */
export function centred(rows: Float32Array, mean: Float32Array): Float32Array {
  const width = mean.length;
  return rows.map((value, i) => value - mean[i % width]!);
}
