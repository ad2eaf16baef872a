// Codes as the rest of the product sees them: sparse rows.

/**
 * Sparse matrix `[rows, columns]` in compressed rows: row r holds the entries `rowStart[r] … rowStart[r + 1] − 1`
 * of `index` (ascending within a row) and `value`.
 */
export interface SparseRows {
  readonly columns: number;
  /** `[rows + 1]` */
  readonly rowStart: Uint32Array;
  /** `[nonzeros]`, column of each entry. */
  readonly index: Uint32Array;
  /** `[nonzeros]` */
  readonly value: Float32Array;
}

/** Put the rows of several matrices of the same columns under one another. */
export function concatRows(parts: readonly SparseRows[]): SparseRows {
  const [first] = parts;
  if (first === undefined) throw new RangeError('concatRows: expected at least one part');
  if (parts.length === 1) return first;
  const nRows = parts.reduce((sum, { rowStart }) => sum + rowStart.length - 1, 0);
  const nonzeros = parts.reduce((sum, { index }) => sum + index.length, 0);
  const rowStart = new Uint32Array(nRows + 1);
  const index = new Uint32Array(nonzeros);
  const value = new Float32Array(nonzeros);
  let row = 0;
  let at = 0;
  for (const part of parts) {
    for (let r = 1; r < part.rowStart.length; r++) rowStart[++row] = at + part.rowStart[r]!;
    index.set(part.index, at);
    value.set(part.value, at);
    at += part.index.length;
  }
  return { columns: first.columns, rowStart, index, value };
}
