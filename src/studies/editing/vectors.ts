// Vectors added to rows: directions of one's own, and random ones to compare with.
import type { Random } from '../../base/random.ts';

/**
 * Add `factor` times a vector to each of `rows [rows, d]`: one vector `[d]` for all, or one each, `[rows, d]`.
 * @throws {RangeError} for vectors of another width
 */
export function addVectors(
  rows: Float32Array,
  vectors: Float32Array,
  { d, factor = 1 }: { readonly d: number; readonly factor?: number },
): Float32Array {
  if (rows.length % d !== 0 || (vectors.length !== d && vectors.length !== rows.length)) {
    throw new RangeError(
      `addVectors: expected rows [rows, ${d}] and vectors [${d}] or as many, got ${rows.length} and ${vectors.length} numbers`,
    );
  }
  return rows.map((x, i) => x + factor * vectors[i % vectors.length]!);
}

/** Draw directions of norm 1, uniform on the sphere: `[count, d]`. */
export function randomUnitVectors(count: number, d: number, random: Random): Float32Array {
  const vectors = new Float32Array(count * d);
  const drawn = new Float64Array(d);
  for (let row = 0; row < count; row++) {
    let squares = 0;
    for (let j = 0; j < d; j++) {
      drawn[j] = random.normal();
      squares += drawn[j]! ** 2;
    }
    const norm = Math.sqrt(squares) || 1;
    for (let j = 0; j < d; j++) vectors[row * d + j] = drawn[j]! / norm;
  }
  return vectors;
}
