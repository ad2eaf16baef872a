// The largest entries of a batch: exactly which, among equal ones too, whatever order they were found in.
import { concatRows, type SparseRows } from '../../sparse-rows.ts';
import { HISTOGRAM_BINS } from './memory/block-sizes.ts';

/** Rows of entries that lie anywhere in `index` and `value`. */
export interface EntryRows {
  readonly rows: number;
  /** `[rows]`: first entry of a row. */
  readonly rowStart: Int32Array | Uint32Array;
  /** `[rows]`: entries of a row. */
  readonly rowCount: Int32Array | Uint32Array;
  readonly index: Int32Array | Uint32Array;
  readonly value: Float32Array;
}

/** How many entries of a batch there are, and what decided. */
export interface Largest {
  readonly kept: number;
  /** What the last of them is; −∞ where all were kept. */
  readonly limit: number;
  /** The smallest of them above 0; ∞ where there is none. */
  readonly smallest: number;
}

/**
 * Keep the `most` largest entries, in place: rows stay where they start and become shorter. Among equal values those of
 * earlier rows stay, and of a row those that stand first. `all` holds the values of all entries, in any order.
 */
export function keepLargest(entries: EntryRows, all: Float32Array, most: number): Largest {
  const { rows, rowStart, rowCount, index, value } = entries;
  const { limit, ties } = limitOf(all, most);
  let left = ties;
  let kept = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let r = 0; r < rows; r++) {
    const start = rowStart[r]!;
    const end = start + rowCount[r]!;
    let n = start;
    for (let p = start; p < end; p++) {
      const v = value[p]!;
      if (v < limit || (v === limit && left-- <= 0)) continue;
      if (v > 0 && v < smallest) smallest = v;
      index[n] = index[p]!;
      value[n++] = v;
    }
    rowCount[r] = n - start;
    kept += n - start;
  }
  return { kept, limit, smallest };
}

/** Sparse rows with only the `most` largest entries of all. */
export function largestOf(codes: SparseRows, most: number): SparseRows {
  const { columns, rowStart } = codes;
  const [index, value] = [codes.index.slice(), codes.value.slice()];
  const rows = rowStart.length - 1;
  const rowCount = Uint32Array.from({ length: rows }, (_, r) => rowStart[r + 1]! - rowStart[r]!);
  keepLargest({ rows, rowStart, rowCount, index, value }, codes.value, most);
  const parts = Array.from(rowCount, (n, r) => {
    const [from, to] = [rowStart[r]!, rowStart[r]! + n];
    return {
      columns,
      rowStart: Uint32Array.of(0, n),
      index: index.subarray(from, to),
      value: value.subarray(from, to),
    };
  });
  return parts.length === 0 ? codes : concatRows(parts);
}

/** The `most`-th largest value, and how many of those equal to it are among the `most` largest. */
function limitOf(values: Float32Array, most: number): { limit: number; ties: number } {
  if (values.length <= most) return { limit: Number.NEGATIVE_INFINITY, ties: 0 };
  if (most === 0) return { limit: Number.POSITIVE_INFINITY, ties: 0 };
  // Sorting all would take longer than the rest of a step: those of one bin are few.
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(HISTOGRAM_BINS);
  for (let i = 0; i < bits.length; i++) counts[binOf(bits[i]!)]! += 1;
  let bin = HISTOGRAM_BINS - 1;
  let above = 0;
  while (above + counts[bin]! < most) above += counts[bin--]!;
  const near = new Float32Array(counts[bin]!);
  let n = 0;
  for (let i = 0; i < bits.length; i++) if (binOf(bits[i]!) === bin) near[n++] = values[i]!;
  near.sort();
  const limit = near[near.length - (most - above)]!;
  const larger = near.length - 1 - near.lastIndexOf(limit);
  return { limit, ties: most - above - larger };
}

/** Bin of a float by its bits, in the order of the numbers: their upper half, those of negative ones turned. */
function binOf(bits: number): number {
  return bits >>> 31 === 1 ? ~bits >>> 16 : (bits >>> 16) | 0x8000;
}
