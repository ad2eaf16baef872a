// Small arithmetic on plain arrays of numbers: vectors, and matrices stored row by row.

/** `Σ a_i b_i` in float64, from `offset` on in `b`. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>, offset = 0): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[offset + i]!;
  return total;
}

/** `Σ a_i` in float64, in order. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** `Σ a_i / n` in float64; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Probabilities that logits stand for, in float64. */
export function softmax(logits: Float32Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = new Float64Array(logits).map((x) => Math.exp(x - most));
  const total = sum(powers);
  return powers.map((x) => x / total);
}

/** Side of the tiles that `transpose` works in: two of them fit the first-level cache. */
const TILE = 32;

/** Transpose a matrix `[rows, columns]` into a fresh `[columns, rows]` one. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(matrix.length);
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    const rowEnd = Math.min(rowTile + TILE, rows);
    for (let columnTile = 0; columnTile < columns; columnTile += TILE) {
      const columnEnd = Math.min(columnTile + TILE, columns);
      for (let row = rowTile; row < rowEnd; row++) {
        for (let column = columnTile; column < columnEnd; column++) {
          out[column * rows + row] = matrix[row * columns + column]!;
        }
      }
    }
  }
  return out;
}

/** Put bytes one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
