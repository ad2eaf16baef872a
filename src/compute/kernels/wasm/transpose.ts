// Sparse rows to sparse columns: which rows a latent fired in. A thread does a range of latents by itself.

/** First entry of a row (entries ascend by latent) that is at or above `latent`. */
// @ts-expect-error: decorator
@inline
function lowerBound(index: usize, from: i32, to: i32, latent: i32): i32 {
  while (from < to) {
    const mid = (from + to) >>> 1;
    if (load<i32>(index + ((<usize>mid) << 2)) < latent) from = mid + 1;
    else to = mid;
  }
  return from;
}

/** Count the entries of the latents `s0 … s1 − 1` into `count [dSae]`; returns how many there are. */
export function countColumns(rows: i32, rowStart: usize, rowCount: usize, index: usize, s0: i32, s1: i32, count: usize): i32 {
  memory.fill(count + ((<usize>s0) << 2), 0, (<usize>(s1 - s0)) << 2);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = lowerBound(index, start, end, s0); p < end; p++) {
      const s = load<i32>(index + ((<usize>p) << 2));
      if (s >= s1) break;
      const c = count + ((<usize>s) << 2);
      store<i32>(c, load<i32>(c) + 1);
      total++;
    }
  }
  return total;
}

/**
 * Write the entries of the latents `s0 … s1 − 1` column by column from position `at` on: `colStart` (of these
 * latents), `colRow`, and copies of `pre` and `dPre`. `count` becomes scratch. Rows ascend within a column.
 */
export function fillColumns(
  rows: i32, rowStart: usize, rowCount: usize, index: usize, pre: usize, dPre: usize, s0: i32, s1: i32, at: i32,
  count: usize, colStart: usize, colRow: usize, colPre: usize, colDPre: usize,
): void {
  let next = at;
  for (let s = s0; s < s1; s++) {
    const c = count + ((<usize>s) << 2);
    const n = load<i32>(c);
    store<i32>(colStart + ((<usize>s) << 2), next);
    store<i32>(c, next);
    next += n;
  }
  for (let r = 0; r < rows; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = lowerBound(index, start, end, s0); p < end; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      if (s >= s1) break;
      const c = count + ((<usize>s) << 2);
      const q = load<i32>(c);
      store<i32>(c, q + 1);
      const to = (<usize>q) << 2;
      store<i32>(colRow + to, r);
      store<f32>(colPre + to, load<f32>(pre + o));
      store<f32>(colDPre + to, load<f32>(dPre + o));
    }
  }
}
