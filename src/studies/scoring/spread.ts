// Sum of squares about the mean, which errors are divided by.

/** Rows seen so far, and how far they are spread. */
export interface Spread {
  /** Add rows `[rows, width]`. */
  add(values: Float32Array, rows: number): void;
  /** `Σ |x − mean x|²` of all rows. */
  total(): number;
}

/** Begin to sum, about the first row, so that a mean far from zero costs no digits. */
export function createSpread(): Spread {
  let origin = new Float64Array(0);
  let sums = new Float64Array(0);
  let [n, squares] = [0, 0];
  return {
    add(values, rows) {
      if (rows === 0) return;
      const width = values.length / rows;
      if (n === 0) {
        origin = Float64Array.from(values.subarray(0, width));
        sums = new Float64Array(width);
      }
      n += rows;
      for (let at = 0; at < values.length; at += width) {
        for (let i = 0; i < width; i++) {
          const x = values[at + i]! - origin[i]!;
          sums[i]! += x;
          squares += x * x;
        }
      }
    },
    total: () => squares - sums.reduce((sum, each) => sum + each * each, 0) / n,
  };
}
