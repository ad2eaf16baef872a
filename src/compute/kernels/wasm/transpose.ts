// Sparse rows and columns: where their entries are, and from the one to the other: which rows a latent fired in. A thread does a
// range of latents by itself.

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

/** Count the entries of the latents `firstLatent … endLatent − 1` into `count [dSae]`; returns how many there are. */
export function countColumns(
  rows: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  firstLatent: i32,
  endLatent: i32,
  count: usize,
): i32 {
  memory.fill(count + ((<usize>firstLatent) << 2), 0, (<usize>(endLatent - firstLatent)) << 2);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const from = load<i32>(rowStart + ((<usize>r) << 2));
    const to = from + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = lowerBound(index, from, to, firstLatent); p < to; p++) {
      const s = load<i32>(index + ((<usize>p) << 2));
      if (s >= endLatent) break;
      const c = count + ((<usize>s) << 2);
      store<i32>(c, load<i32>(c) + 1);
      total++;
    }
  }
  return total;
}

/**
 * Write the entries of the latents `firstLatent … endLatent − 1` column by column from position `start` on:
 * `colStart` (of these latents), `colRow`, and copies of `pre` and `dPre`. `count` becomes scratch. Rows ascend within
 * a column.
 */
export function fillColumns(
  rows: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  pre: usize,
  dPre: usize,
  firstLatent: i32,
  endLatent: i32,
  start: i32,
  count: usize,
  colStart: usize,
  colRow: usize,
  colPre: usize,
  colDPre: usize,
): void {
  let next = start;
  for (let s = firstLatent; s < endLatent; s++) {
    const c = count + ((<usize>s) << 2);
    const n = load<i32>(c);
    store<i32>(colStart + ((<usize>s) << 2), next);
    store<i32>(c, next);
    next += n;
  }
  for (let r = 0; r < rows; r++) {
    const from = load<i32>(rowStart + ((<usize>r) << 2));
    const to = from + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = lowerBound(index, from, to, firstLatent); p < to; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      if (s >= endLatent) break;
      const c = count + ((<usize>s) << 2);
      const q = load<i32>(c);
      store<i32>(c, q + 1);
      const out = (<usize>q) << 2;
      store<i32>(colRow + out, r);
      store<f32>(colPre + out, load<f32>(pre + o));
      store<f32>(colDPre + out, load<f32>(dPre + o));
    }
  }
}
