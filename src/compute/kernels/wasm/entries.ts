// Where the entries of sparse rows and columns are, and the table rows that they name.

/** First entry of an ascending list, of `from … to − 1`, that is at or above `limit`. */
// @inline
export function lowerBound(index: usize, from: i32, to: i32, limit: i32): i32 {
  while (from < to) {
    const mid = (from + to) >>> 1;
    if (load<i32>(index + ((<usize>mid) << 2)) < limit) from = mid + 1;
    else to = mid;
  }
  return from;
}

/** Row of a table, `bytes` each, that entry `p` of a list names. */
// @inline
export function rowAt(rows: usize, bytes: usize, index: usize, p: usize): usize {
  return rows + <usize>load<i32>(index + (p << 2)) * bytes;
}
