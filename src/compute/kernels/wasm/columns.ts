// Gradients of latents' weights, added up from the columns of sparse codes.

import { axpy, axpy4 } from './simd';
import { lowerBound, rowAt } from './transpose';

/** What entry `p` of a column adds: its value if its pre-activation is above `above`, else 0. */
// @inline
function valueAt(colPre: usize, colValue: usize, above: f32, p: usize): f32 {
  return load<f32>(colPre + (p << 2)) > above ? load<f32>(colValue + (p << 2)) : 0;
}

/** `out += Σ value·rows[row]` over the entries `from … to − 1` of a column whose pre-activation is above `above`. */
function gatherColumn(
  out: usize,
  colRow: usize,
  colPre: usize,
  colValue: usize,
  from: i32,
  to: i32,
  above: f32,
  rows: usize,
  bytes: usize,
): void {
  let p = <usize>from;
  for (; p + 4 <= <usize>to; p += 4) {
    axpy4(
      out,
      bytes,
      rowAt(rows, bytes, colRow, p),
      rowAt(rows, bytes, colRow, p + 1),
      rowAt(rows, bytes, colRow, p + 2),
      rowAt(rows, bytes, colRow, p + 3),
      valueAt(colPre, colValue, above, p),
      valueAt(colPre, colValue, above, p + 1),
      valueAt(colPre, colValue, above, p + 2),
      valueAt(colPre, colValue, above, p + 3),
    );
  }
  for (; p < <usize>to; p++)
    axpy(out, valueAt(colPre, colValue, above, p), rowAt(rows, bytes, colRow, p), bytes);
}

/** Rows of a table that stay in the second-level cache while all columns of a block pass over them. */
const NEAR_ROWS = 512;
/** Entries of a column that make loading its sum again, once for each group of rows, worth the while. */
const WORTHWHILE = 8;

/**
 * `out[s] += Σ value·rows[row]` for the latents `firstLatent … endLatent − 1` (rows of the block, from 0), over the
 * entries above their threshold. `table` bytes lie between the tables of two prefixes; 0: one table for all. Rows are
 * taken in groups that stay near, so a row comes from memory once for many columns; a sum adds its entries in their
 * order all the same.
 */
export function gatherColumns(
  firstLatent: i32,
  endLatent: i32,
  colStart: usize,
  colRow: usize,
  colPre: usize,
  colValue: usize,
  threshold: usize,
  prefixes: usize,
  table: usize,
  rows: usize,
  batch: i32,
  group: i32,
  bytes: usize,
  out: usize,
): void {
  for (let r = 0; r < batch; r += group) {
    let k: usize = 0;
    for (let s = firstLatent; s < endLatent; s++) {
      const o = (<usize>s) << 2;
      let from = load<i32>(colStart + o);
      let to = load<i32>(colStart + o, 4);
      if (group < batch) {
        from = lowerBound(colRow, from, to, r);
        to = lowerBound(colRow, from, to, r + group);
      }
      if (from === to) continue;
      while (table !== 0 && s >= load<i32>(prefixes + (k << 2))) k++;
      const sum = out + <usize>(s - firstLatent) * bytes;
      gatherColumn(
        sum,
        colRow,
        colPre,
        colValue,
        from,
        to,
        load<f32>(threshold + o),
        rows + k * table,
        bytes,
      );
    }
  }
}

/** Rows of a group for the columns of some latents; 0 where these are empty. */
export function rowsThatStayNear(
  firstLatent: i32,
  endLatent: i32,
  colStart: usize,
  batch: i32,
): i32 {
  const entries =
    load<i32>(colStart + ((<usize>endLatent) << 2)) -
    load<i32>(colStart + ((<usize>firstLatent) << 2));
  if (entries === 0) return 0;
  return max(NEAR_ROWS, <i32>((<i64>WORTHWHILE * batch * (endLatent - firstLatent)) / entries));
}

/**
 * Add the gradients of the latents `firstLatent … endLatent − 1` from their columns to `gEnc [latents, dIn]`,
 * `gDec [latents, dOut]` (rows of the block, from 0) and `gBias`, `gThreshold [dSae]`.
 *
 *   gDec[s] = Σ f·error      gEnc[s] = Σ dPre·x      gBias[s] = Σ dPre      over the rows where f > 0
 *   fired[s] = number of those rows
 *   gThreshold[s] = −(θ·Σ dPre + Σ l0)/w over the rows with |pre − θ| < w/2, w = width·norms[s]  (jumprelu; width 0:
 *   none); each row's l0 is multiplied with its own of `rowL0 [rows]` (0: all 1)
 */
export function latentGradients(
  firstLatent: i32,
  endLatent: i32,
  colStart: usize,
  colRow: usize,
  colPre: usize,
  colDPre: usize,
  threshold: usize,
  width: f32,
  norms: usize,
  l0: f32,
  rowL0: usize,
  errors: usize,
  table: usize,
  prefixes: usize,
  x: usize,
  bytesIn: usize,
  bytesOut: usize,
  gEnc: usize,
  gDec: usize,
  gBias: usize,
  gThreshold: usize,
  fired: usize,
): void {
  memory.fill(fired + ((<usize>firstLatent) << 2), 0, (<usize>(endLatent - firstLatent)) << 2);
  const batch = <i32>(table / bytesOut);
  const group = rowsThatStayNear(firstLatent, endLatent, colStart, batch);
  if (group === 0) return;
  gatherColumns(
    firstLatent,
    endLatent,
    colStart,
    colRow,
    colPre,
    colPre,
    threshold,
    prefixes,
    table,
    errors,
    batch,
    group,
    bytesOut,
    gDec,
  );
  gatherColumns(
    firstLatent,
    endLatent,
    colStart,
    colRow,
    colPre,
    colDPre,
    threshold,
    prefixes,
    0,
    x,
    batch,
    group,
    bytesIn,
    gEnc,
  );
  for (let s = firstLatent; s < endLatent; s++) {
    const o = (<usize>s) << 2;
    const to = load<i32>(colStart + o, 4);
    const theta = load<f32>(threshold + o);
    const own: f32 = width * load<f32>(norms + o);
    let bias: f32 = 0;
    let window: f32 = 0;
    let inWindow: f32 = 0;
    let rows = 0;
    for (let p = load<i32>(colStart + o); p < to; p++) {
      const q = (<usize>p) << 2;
      const pre = load<f32>(colPre + q);
      const d = load<f32>(colDPre + q);
      if (pre > theta) {
        bias += d;
        rows++;
      }
      if (own > 0 && Mathf.abs(pre - theta) < own * 0.5) {
        window += d;
        inWindow += rowL0 ? load<f32>(rowL0 + ((<usize>load<i32>(colRow + q)) << 2)) : 1;
      }
    }
    store<f32>(gBias + o, load<f32>(gBias + o) + bias);
    store<i32>(fired + o, rows);
    // Latents beyond the last have an infinite threshold.
    if (own > 0 && theta < Infinity)
      store<f32>(
        gThreshold + o,
        load<f32>(gThreshold + o) - (theta * window + l0 * inWindow) / own,
      );
  }
}
