// Codes of all rows as an edit leaves them.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { EditChange } from '../../pages/edit.ts';

/** Set codes in the rows that are edited; a row's entries stay in the order of their latents. */
export function changedCodes(
  { columns, rowStart, index, value }: SparseRows,
  changes: readonly EditChange[],
  isEdited: (row: number) => boolean,
): SparseRows {
  const set = new Map(changes.map((each) => [each.latent, each.value]));
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const codes = new Map<number, number>();
    for (let entry = rowStart[row]!; entry < rowStart[row + 1]!; entry++)
      codes.set(index[entry]!, value[entry]!);
    if (isEdited(row)) for (const [latent, to] of set) codes.set(latent, to);
    for (const [latent, code] of [...codes].sort(([a], [b]) => a - b)) {
      if (code === 0) continue;
      indices.push(latent);
      values.push(code);
    }
    starts.push(indices.length);
  }
  return {
    columns,
    rowStart: Uint32Array.from(starts),
    index: Uint32Array.from(indices),
    value: Float32Array.from(values),
  };
}
