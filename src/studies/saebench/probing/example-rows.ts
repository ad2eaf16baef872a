// Examples as rows of numbers that probes read: dense for a model's activations, sparse for a coder's codes.
import type { SparseRows } from '../../../compute/sparse-rows.ts';

/** Rows by number. */
export interface ExampleRows {
  readonly length: number;
  readonly width: number;
  dot(row: number, weights: ArrayLike<number>): number;
  /** Add a multiple of a row to sums. */
  addTo(row: number, factor: number, sums: Float64Array | Float32Array): void;
  /** The value of one column. */
  at(row: number, column: number): number;
}

/** See `data [rows, width]` as examples. */
export function denseExamples(data: Float32Array, width: number): ExampleRows {
  return {
    length: data.length / width,
    width,
    dot(row, weights) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += data[row * width + j]! * weights[j]!;
      return sum;
    },
    addTo(row, factor, sums) {
      for (let j = 0; j < width; j++) sums[j]! += factor * data[row * width + j]!;
    },
    at: (row, column) => data[row * width + column]!,
  };
}

/** See sparse rows as examples. */
export function sparseExamples({ columns, rowStart, index, value }: SparseRows): ExampleRows {
  return {
    length: rowStart.length - 1,
    width: columns,
    dot(row, weights) {
      let sum = 0;
      for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++)
        sum += value[p]! * weights[index[p]!]!;
      return sum;
    },
    addTo(row, factor, sums) {
      for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++)
        sums[index[p]!]! += factor * value[p]!;
    },
    at(row, column) {
      for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++)
        if (index[p] === column) return value[p]!;
      return 0;
    },
  };
}
