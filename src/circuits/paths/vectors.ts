// Small arithmetic on directions: float32 values, summed in float64.
import { dot } from '../../base/arrays.ts';

/** `factor · a`. */
export function scaled(a: Float32Array, factor: number): Float32Array {
  return a.map((value) => value * factor);
}

/** `a + b`. */
export function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}

/** Row `index` of a matrix whose rows have `width` numbers. */
export function rowOf(matrix: Float32Array, index: number, width: number): Float32Array {
  return matrix.subarray(index * width, (index + 1) * width);
}

/** `M v`, `M` `[rows, v.length]`. */
export function times(matrix: Float32Array, vector: Float32Array): Float32Array {
  const width = vector.length;
  return Float32Array.from({ length: matrix.length / width }, (_, r) =>
    dot(vector, matrix, r * width),
  );
}

/** Indices of the `k` largest values, best first, the first of equal ones first. */
export function largest(values: ArrayLike<number>, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (best.length === k && !(value > values[best.at(-1)!]!)) continue;
    let place = best.length;
    while (place > 0 && value > values[best[place - 1]!]!) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
