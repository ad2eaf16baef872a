// The sum of squares about the mean, taken row by row so that a large mean does not swallow it (Welford 1962).

/** What a spread has seen so far, as JSON keeps it exactly. */
export interface SpreadState {
  readonly rows: number;
  readonly squares: number;
  readonly mean: readonly number[];
}

/** How far rows lie from their mean, float64. */
export interface Spread {
  readonly rows: number;
  readonly dimensions: number;
  /** Take `[rows, dimensions]` more. */
  add(values: Float32Array, rows: number): void;
  /** `Σ|y − mean y|²`. */
  total(): number;
  save(): SpreadState;
}

/** Begin a spread, or go on with a saved one: the result has the same bits. */
export function createSpread(state?: SpreadState): Spread {
  let n = state?.rows ?? 0;
  let squares = state?.squares ?? 0;
  let mean = Float64Array.from(state?.mean ?? []);
  return {
    get rows() {
      return n;
    },
    get dimensions() {
      return mean.length;
    },
    add(values, rows) {
      if (rows === 0) return;
      const d = values.length / rows;
      if (mean.length === 0) mean = new Float64Array(d);
      for (let r = 0; r < rows; r++) {
        n++;
        for (let i = 0; i < d; i++) {
          const value = values[r * d + i]!;
          const before = value - mean[i]!;
          mean[i]! += before / n;
          squares += before * (value - mean[i]!);
        }
      }
    },
    total: () => squares,
    save: () => ({ rows: n, squares, mean: [...mean] }),
  };
}
