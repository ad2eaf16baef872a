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
