// The nearest of many directions, by cosine: exact, a block of dense products at a time.
import { openArrayGemm } from '../../compute/products/open.ts';

/** For each of some rows its nearest others, nearest first. */
export interface NearestRows {
  /** Most others of one row. */
  readonly k: number;
  /** `[rows, k]`, positions among the others; −1 behind the last where there are fewer. */
  readonly index: Int32Array;
  /** `[rows, k]` */
  readonly cosine: Float32Array;
}

/** Cosines in memory at a time, about. */
const BLOCK = 2 ** 22;

/**
 * Find for each of the first `nRows` of `unit`, float32 `[n, d]` with rows of length 1 or 0, its `k` nearest among all
 * others. Equal ones come in their order.
 */
export async function nearestRows(
  unit: Float32Array,
  options: { d: number; nRows: number; k: number; signal?: AbortSignal | undefined },
): Promise<NearestRows> {
  const { d, nRows, k, signal } = options;
  const n = d === 0 ? 0 : unit.length / d;
  const gemm = await openArrayGemm();
  const index = new Int32Array(nRows * k).fill(-1);
  const cosine = new Float32Array(nRows * k);
  const blockRows = Math.max(1, Math.floor(BLOCK / Math.max(1, n)));
  const products = new Float32Array(Math.min(blockRows, nRows) * n);
  for (let first = 0; first < nRows; first += blockRows) {
    signal?.throwIfAborted();
    const count = Math.min(blockRows, nRows - first);
    await gemm(
      [count, n, d],
      { data: unit.subarray(first * d, (first + count) * d), stride: d },
      { data: unit, stride: d, transposed: true },
      { data: products, stride: n },
    );
    for (let i = 0; i < count; i++) {
      const row = products.subarray(i * n, (i + 1) * n);
      const at = (first + i) * k;
      keepNearest(row, first + i, index.subarray(at, at + k), cosine.subarray(at, at + k));
    }
  }
  return { k, index, cosine };
}

/** Put the largest entries of a row but for its own into `index` and `cosine`, largest first. */
function keepNearest(
  row: Float32Array,
  self: number,
  index: Int32Array,
  cosine: Float32Array,
): void {
  const k = index.length;
  let size = 0;
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    if (i === self || (size === k && !(value > cosine[k - 1]!))) continue;
    let at = size < k ? size++ : k - 1;
    for (; at > 0 && value > cosine[at - 1]!; at--) {
      cosine[at] = cosine[at - 1]!;
      index[at] = index[at - 1]!;
    }
    cosine[at] = value;
    index[at] = i;
  }
}

/** Rows of a matrix `[n, d]` at some places, each divided by its length; rows of zeros stay so. */
export function unitRows(matrix: Float32Array, places: readonly number[], d: number): Float32Array {
  const unit = new Float32Array(places.length * d);
  places.forEach((place, i) => {
    const row = matrix.subarray(place * d, (place + 1) * d);
    let square = 0;
    for (const value of row) square += value * value;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let j = 0; j < d; j++) unit[i * d + j] = row[j]! * scale;
  });
  return unit;
}
