// Transposition of large matrices in tiles that fit the first-level cache.

const TILE = 32;

/** Transpose a row-major `[rows, columns]` matrix into a fresh `[columns, rows]` one. */
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
