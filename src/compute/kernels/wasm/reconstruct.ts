// Decode sparse rows, measure the error, and send it back to the entries: everything that needs one row only.

import { axpy, axpy4, dot, dot4 } from './simd';
import { rowAt } from './transpose';

/** Value of entry `p`: its pre-activation above the latent's threshold, else 0 (the window of a jumprelu). */
// @inline
function codeAt(index: usize, pre: usize, threshold: usize, p: usize): f32 {
  const value = load<f32>(pre + (p << 2));
  return value > load<f32>(threshold + ((<usize>load<i32>(index + (p << 2))) << 2)) ? value : 0;
}

/** `acc += Σ f·W_dec[latent]` over the entries `from … to − 1`. */
function gather(
  acc: usize,
  index: usize,
  pre: usize,
  threshold: usize,
  from: i32,
  to: i32,
  wDec: usize,
  bytes: usize,
): void {
  let p = <usize>from;
  for (; p + 4 <= <usize>to; p += 4) {
    axpy4(
      acc,
      bytes,
      rowAt(wDec, bytes, index, p),
      rowAt(wDec, bytes, index, p + 1),
      rowAt(wDec, bytes, index, p + 2),
      rowAt(wDec, bytes, index, p + 3),
      codeAt(index, pre, threshold, p),
      codeAt(index, pre, threshold, p + 1),
      codeAt(index, pre, threshold, p + 2),
      codeAt(index, pre, threshold, p + 3),
    );
  }
  for (; p < <usize>to; p++)
    axpy(acc, codeAt(index, pre, threshold, p), rowAt(wDec, bytes, index, p), bytes);
}

/** `out = <error, W_dec[latent]>` of the entries `from … to − 1`, whose rows a gather has just brought near. */
function sampledDots(
  error: usize,
  index: usize,
  out: usize,
  from: i32,
  to: i32,
  wDec: usize,
  bytes: usize,
): void {
  let p = <usize>from;
  for (; p + 4 <= <usize>to; p += 4) {
    dot4(
      out + (p << 2),
      bytes,
      error,
      rowAt(wDec, bytes, index, p),
      rowAt(wDec, bytes, index, p + 1),
      rowAt(wDec, bytes, index, p + 2),
      rowAt(wDec, bytes, index, p + 3),
    );
  }
  for (; p < <usize>to; p++)
    store<f32>(out + (p << 2), dot(error, rowAt(wDec, bytes, index, p), bytes));
}

/** First entry from `from` on whose latent is not below `cut`. */
function entriesBelow(index: usize, from: i32, end: i32, cut: i32): i32 {
  while (from < end && load<i32>(index + ((<usize>from) << 2)) < cut) from++;
  return from;
}

/** `out = scale · (acc − target)`; returns `Σ (acc − target)²` in float64, so huge activations do not overflow. */
export function rowError(acc: usize, target: usize, out: usize, scale: f32, bytes: usize): f64 {
  const k = f32x4.splat(scale);
  let s0 = f64x2.splat(0),
    s1 = s0;
  for (let o: usize = 0; o < bytes; o += 16) {
    const e = f32x4.sub(v128.load(acc + o), v128.load(target + o));
    const lo = f64x2.promote_low_f32x4(e);
    const hi = f64x2.promote_low_f32x4(
      i8x16.shuffle(e, e, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
    );
    s0 = f64x2.add(s0, f64x2.mul(lo, lo));
    s1 = f64x2.add(s1, f64x2.mul(hi, hi));
    v128.store(out + o, f32x4.mul(k, e));
  }
  const s = f64x2.add(s0, s1);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * Reconstruct rows `firstRow … endRow − 1` for every prefix `latent < prefixes[k]`, and find `dPre` of each entry.
 *
 * errors   `[nPrefixes, batch, dOut]`: after the call, Σ over the prefixes from k on of
 *          `scale · weight · (x̂_k − target)`, which is what reaches the latents between prefixes k − 1 and k.
 * sums     `[2 + nPrefixes]` float64 of this block: Σ 1[f > 0], Σ f, then Σ |x̂_k − target|² per prefix.
 * dPre     `<error, W_dec[latent]> + l1` at entries above their threshold; below it (the window of a jumprelu)
 *          `<error, W_dec[latent]>`, which only the threshold's gradient uses. Not touched when `backward` is 0.
 * weights  of rows, which multiply their errors and squared errors; 0: all 1.
 * acc      scratch, one row.
 */
export function reconstructRows(
  firstRow: i32,
  endRow: i32,
  batch: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  pre: usize,
  dPre: usize,
  threshold: usize,
  wDec: usize,
  bDec: usize,
  target: usize,
  weights: usize,
  errors: usize,
  bytes: usize,
  prefixes: usize,
  nPrefixes: i32,
  scale: f32,
  l1: f32,
  sums: usize,
  acc: usize,
  backward: i32,
): void {
  const table = <usize>batch * bytes;
  let nActive: f64 = 0;
  let sumF: f64 = 0;
  for (let r = firstRow; r < endRow; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    const y = target + <usize>r * bytes;
    const weight: f32 = weights ? load<f32>(weights + ((<usize>r) << 2)) : 1;
    memory.copy(acc, bDec, bytes);
    let from = start;
    for (let k = 0; k < nPrefixes; k++) {
      const to =
        k + 1 < nPrefixes
          ? entriesBelow(index, from, end, load<i32>(prefixes + ((<usize>k) << 2)))
          : end;
      gather(acc, index, pre, threshold, from, to, wDec, bytes);
      const sse = sums + 16 + ((<usize>k) << 3);
      const e = errors + <usize>k * table + <usize>r * bytes;
      store<f64>(sse, load<f64>(sse) + <f64>weight * rowError(acc, y, e, scale * weight, bytes));
      from = to;
    }
    for (let k = nPrefixes - 2; k >= 0; k--) {
      const e = errors + <usize>k * table + <usize>r * bytes;
      for (let o: usize = 0; o < bytes; o += 16) {
        v128.store(e + o, f32x4.add(v128.load(e + o), v128.load(e + o + table)));
      }
    }
    from = start;
    for (let k = 0; k < nPrefixes && backward; k++) {
      const to =
        k + 1 < nPrefixes
          ? entriesBelow(index, from, end, load<i32>(prefixes + ((<usize>k) << 2)))
          : end;
      sampledDots(errors + <usize>k * table + <usize>r * bytes, index, dPre, from, to, wDec, bytes);
      from = to;
    }
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const value = load<f32>(pre + o);
      if (!(value > load<f32>(threshold + ((<usize>load<i32>(index + o)) << 2)))) continue;
      nActive += value > 0 ? 1 : 0;
      sumF += <f64>value;
      if (backward) store<f32>(dPre + o, load<f32>(dPre + o) + l1);
    }
  }
  store<f64>(sums, load<f64>(sums) + nActive);
  store<f64>(sums + 8, load<f64>(sums + 8) + sumF);
}

/** `out += Σ rows` of a block: the bias gradient's share. */
export function sumRows(rows: usize, firstRow: i32, endRow: i32, out: usize, bytes: usize): void {
  for (let r = firstRow; r < endRow; r++) {
    const q = rows + <usize>r * bytes;
    for (let o: usize = 0; o < bytes; o += 16) {
      v128.store(out + o, f32x4.add(v128.load(out + o), v128.load(q + o)));
    }
  }
}
