// The same step while codes are dense: products are done by gemm, these do what lies between.

import { rowError } from './reconstruct';
import { dot } from './simd';

/**
 * `pre = h + bias`, then `f = pre > θ ? pre : 0`, for rows of `width` latents at stride `stride` (floats). `pre`
 * may be the same memory as `f` when nobody needs it later.
 */
export function activateDense(
  h: usize,
  f: usize,
  rows: i32,
  width: i32,
  stride: i32,
  bias: usize,
  threshold: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = (<usize>r * <usize>stride) << 2;
    for (let c: usize = 0; c < (<usize>width) << 2; c += 16) {
      const p = f32x4.add(v128.load(h + row + c), v128.load(bias + c));
      if (h !== f) v128.store(h + row + c, p);
      v128.store(f + row + c, v128.and(p, f32x4.gt(p, v128.load(threshold + c))));
    }
  }
}

/** `acc[r] = bias` for rows of `bytes`. */
export function fillRows(acc: usize, bias: usize, rows: i32, bytes: usize): void {
  for (let r = 0; r < rows; r++) memory.copy(acc + <usize>r * bytes, bias, bytes);
}

/**
 * `errors = scale·weight·(acc − target)` for rows of `bytes`; adds Σ weight·(acc − target)² to the float64 at `sse`.
 * `weights` of rows, or 0: all 1.
 */
export function errorRows(
  acc: usize,
  target: usize,
  weights: usize,
  errors: usize,
  scale: f32,
  rows: i32,
  bytes: usize,
  sse: usize,
): void {
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const o = <usize>r * bytes;
    const weight: f32 = weights ? load<f32>(weights + ((<usize>r) << 2)) : 1;
    total += <f64>weight * rowError(acc + o, target + o, errors + o, scale * weight, bytes);
  }
  store<f64>(sse, load<f64>(sse) + total);
}

/** `a += b` over `bytes`. */
export function addInto(a: usize, b: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16)
    v128.store(a + o, f32x4.add(v128.load(a + o), v128.load(b + o)));
}

/**
 * Turn `g = <error, W_dec>` into dPre in place for a chunk of rows and the latents `firstLatent … endLatent − 1` (row
 * stride `stride` floats), and add to `gBias`, `gThreshold`, `fired [dSae]`, `sums` (float64: Σ 1[f > 0], Σ f). See
 * latentGradients. `gWindow [dSae]` gets what is in the window, too (0: not wanted).
 */
export function backwardDense(
  g: usize,
  pre: usize,
  rows: i32,
  stride: i32,
  firstLatent: i32,
  endLatent: i32,
  threshold: usize,
  width: f32,
  norms: usize,
  l1: f32,
  l0: f32,
  rowL0: usize,
  gBias: usize,
  gThreshold: usize,
  gWindow: usize,
  fired: usize,
  sums: usize,
): void {
  let nActive: f64 = 0;
  let sumF: f64 = 0;
  for (let s = firstLatent; s < endLatent; s += 4) {
    const o = (<usize>s) << 2;
    const theta = v128.load(threshold + o);
    const one = f32x4.splat(1);
    const zero = f32x4.splat(0);
    const own = f32x4.mul(f32x4.splat(width), v128.load(norms + o));
    const half = f32x4.mul(own, f32x4.splat(0.5));
    const penalty = f32x4.splat(l1);
    let bias = zero,
      window = zero,
      inWindow = zero,
      above = zero,
      count = zero,
      sum = zero;
    for (let r = 0; r < rows; r++) {
      const q = (<usize>r * <usize>stride + <usize>s) << 2;
      const p = v128.load(pre + q);
      const d = v128.load(g + q);
      const active = f32x4.gt(p, theta);
      if (width > 0) {
        const near = f32x4.lt(f32x4.abs(f32x4.sub(p, theta)), half);
        window = f32x4.add(window, v128.and(near, f32x4.add(d, v128.and(active, penalty))));
        const each = rowL0 ? v128.load32_splat(rowL0 + ((<usize>r) << 2)) : one;
        inWindow = f32x4.add(inWindow, v128.and(near, each));
      }
      const dPre = v128.and(active, f32x4.add(d, penalty));
      v128.store(g + q, dPre);
      bias = f32x4.add(bias, dPre);
      above = f32x4.add(above, v128.and(active, one));
      count = f32x4.add(count, v128.and(v128.and(active, f32x4.gt(p, zero)), one));
      sum = f32x4.add(sum, v128.and(active, p));
    }
    v128.store(gBias + o, f32x4.add(v128.load(gBias + o), bias));
    v128.store(fired + o, i32x4.add(v128.load(fired + o), i32x4.trunc_sat_f32x4_s(above)));
    if (gWindow) v128.store(gWindow + o, f32x4.add(v128.load(gWindow + o), inWindow));
    if (width > 0) {
      const t = f32x4.div(
        f32x4.add(f32x4.mul(theta, window), f32x4.mul(f32x4.splat(l0), inWindow)),
        own,
      );
      // Latents beyond the last have an infinite threshold: infinity times nothing is no number.
      const finite = f32x4.lt(theta, f32x4.splat(Infinity));
      const change = v128.and(finite, t);
      v128.store(gThreshold + o, f32x4.sub(v128.load(gThreshold + o), change));
    }
    nActive += <f64>(
      (f32x4.extract_lane(count, 0) +
        f32x4.extract_lane(count, 1) +
        f32x4.extract_lane(count, 2) +
        f32x4.extract_lane(count, 3))
    );
    sumF +=
      <f64>f32x4.extract_lane(sum, 0) +
      <f64>f32x4.extract_lane(sum, 1) +
      <f64>f32x4.extract_lane(sum, 2) +
      <f64>f32x4.extract_lane(sum, 3);
  }
  store<f64>(sums, load<f64>(sums) + nActive);
  store<f64>(sums + 8, load<f64>(sums + 8) + sumF);
}

/** Scale rows of `bytes` to length 1; a zero row stays. */
export function unitRows(w: usize, rows: i32, bytes: usize): void {
  for (let r = 0; r < rows; r++) {
    const q = w + <usize>r * bytes;
    const length = Mathf.sqrt(dot(q, q, bytes));
    if (length === 0) continue;
    const k = f32x4.splat(1 / length);
    for (let o: usize = 0; o < bytes; o += 16) v128.store(q + o, f32x4.mul(v128.load(q + o), k));
  }
}
