// Penalties on codes that are no constant a code, and the loss that brings dead latents up to their thresholds.
import { axpy, dot } from './simd';

/** Kinds of penalties on codes. */
const NONE: i32 = 0;
const TANH: i32 = 1;
const POWER: i32 = 2;
const ROOT: i32 = 3;

/** What the slope of each code of a row shares: for a root of a sum, a power of that sum; else 1 or p. */
// @inline
function sharedFactor(kind: i32, shape: f32, sum: f64): f64 {
  if (kind === POWER) return <f64>shape;
  return kind === ROOT && sum > 0 ? sum ** (1 / <f64>shape - 1) : 1;
}

/** Loss of a row whose codes give `sum`. */
// @inline
function lossOf(kind: i32, shape: f32, sum: f64): f64 {
  return kind === ROOT && sum > 0 ? sum ** (1 / <f64>shape) : sum;
}

/** What a code above 0 adds to the sum of its row. */
// @inline
function termOf(kind: i32, shape: f32, f: f32): f32 {
  return kind === TANH ? Mathf.tanh(shape * f) : Mathf.pow(f, shape);
}

/** Change of the loss with a code, per weight and shared factor; `term` is what it added to the sum. */
// @inline
function slopeOf(kind: i32, shape: f32, f: f32, term: f32): f32 {
  if (kind === TANH) return shape * (1 - term * term);
  return f > 0 ? term / f : 0;
}

/**
 * Add to `dPre` of the sparse rows `firstRow … endRow − 1` what a penalty changes with each code, and to the two
 * float64 at `losses` what `weight` multiplies in their losses, and the same for another p (0: none); `counts [batch]` become
 * the numbers of codes above 0, as floats (0: not wanted). `shape` is the scale of a tanh, or p.
 */
export function penaliseRows(
  firstRow: i32,
  endRow: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  pre: usize,
  dPre: usize,
  threshold: usize,
  kind: i32,
  weight: f64,
  shape: f32,
  other: f32,
  counts: usize,
  losses: usize,
): void {
  let total: f64 = 0;
  let otherTotal: f64 = 0;
  for (let r = firstRow; r < endRow; r++) {
    const row = (<usize>r) << 2;
    const start = load<i32>(rowStart + row);
    const end = start + load<i32>(rowCount + row);
    let above = 0;
    let sum: f64 = 0;
    let otherSum: f64 = 0;
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const f = load<f32>(pre + o);
      if (!(f > load<f32>(threshold + ((<usize>load<i32>(index + o)) << 2))) || !(f > 0)) continue;
      above++;
      if (kind !== NONE) sum += <f64>termOf(kind, shape, f);
      if (other > 0) otherSum += <f64>termOf(kind, other, f);
    }
    if (counts) store<f32>(counts + row, <f32>above);
    if (kind === NONE) continue;
    total += lossOf(kind, shape, sum);
    if (other > 0) otherTotal += lossOf(kind, other, otherSum);
    const factor = <f32>(weight * sharedFactor(kind, shape, sum));
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const value = load<f32>(pre + o);
      const f = value > load<f32>(threshold + ((<usize>load<i32>(index + o)) << 2)) ? value : 0;
      const term: f32 = f > 0 ? termOf(kind, shape, f) : 0;
      store<f32>(dPre + o, load<f32>(dPre + o) + factor * slopeOf(kind, shape, f, term));
    }
  }
  store<f64>(losses, load<f64>(losses) + total);
  store<f64>(losses, load<f64>(losses, 8) + otherTotal, 8);
}

/** The same for dense codes `f [rows, width]` at stride `stride` (floats); adds to `g`. `counts [rows]`. */
export function penaliseDense(
  f: usize,
  g: usize,
  rows: i32,
  width: i32,
  stride: i32,
  kind: i32,
  weight: f64,
  shape: f32,
  other: f32,
  counts: usize,
  losses: usize,
): void {
  let total: f64 = 0;
  let otherTotal: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const row = (<usize>r * <usize>stride) << 2;
    let above = 0;
    let sum: f64 = 0;
    let otherSum: f64 = 0;
    for (let o: usize = 0; o < (<usize>width) << 2; o += 4) {
      const value = load<f32>(f + row + o);
      if (!(value > 0)) continue;
      above++;
      if (kind !== NONE) sum += <f64>termOf(kind, shape, value);
      if (other > 0) otherSum += <f64>termOf(kind, other, value);
    }
    if (counts) store<f32>(counts + ((<usize>r) << 2), <f32>above);
    if (kind === NONE) continue;
    total += lossOf(kind, shape, sum);
    if (other > 0) otherTotal += lossOf(kind, other, otherSum);
    const factor = <f32>(weight * sharedFactor(kind, shape, sum));
    for (let o: usize = 0; o < (<usize>width) << 2; o += 4) {
      const value = load<f32>(f + row + o);
      const term: f32 = value > 0 ? termOf(kind, shape, value) : 0;
      const q = g + row + o;
      store<f32>(q, load<f32>(q) + factor * slopeOf(kind, shape, value, term));
    }
  }
  store<f64>(losses, load<f64>(losses) + total);
  store<f64>(losses, load<f64>(losses, 8) + otherTotal, 8);
}

/**
 * Gradients of `weight · Σ over rows of max(0, θ − pre)` for `n` listed latents, as if none of them were above its threshold:
 * `inputs [dIn]` is the sum of all rows. Returns the loss.
 */
export function liftLatents(
  list: usize,
  n: i32,
  rows: i32,
  inputs: usize,
  wEnc: usize,
  bEnc: usize,
  threshold: usize,
  bytesIn: usize,
  weight: f32,
  gEnc: usize,
  gBias: usize,
  gThreshold: usize,
): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const s = <usize>load<i32>(list + ((<usize>i) << 2));
    const o = s << 2;
    const below: f64 = <f64>load<f32>(threshold + o) - <f64>load<f32>(bEnc + o);
    total += <f64>rows * below - <f64>dot(inputs, wEnc + s * bytesIn, bytesIn);
    axpy(gEnc + s * bytesIn, -weight, inputs, bytesIn);
    store<f32>(gBias + o, load<f32>(gBias + o) - weight * <f32>rows);
    store<f32>(gThreshold + o, load<f32>(gThreshold + o) + weight * <f32>rows);
  }
  return <f64>weight * total;
}

/** Take back one row's share of `liftLatents`, whose pre-activation of latent `s` is `above` its threshold. */
// @inline
function unlift(
  s: usize,
  above: f32,
  x: usize,
  bytesIn: usize,
  weight: f32,
  gEnc: usize,
  gBias: usize,
  gThreshold: usize,
): f64 {
  const o = s << 2;
  axpy(gEnc + s * bytesIn, weight, x, bytesIn);
  store<f32>(gBias + o, load<f32>(gBias + o) + weight);
  store<f32>(gThreshold + o, load<f32>(gThreshold + o) - weight);
  return <f64>weight * <f64>above;
}

/** Take back what `liftLatents` counted for rows that are above the threshold, by columns of codes. Returns the loss. */
export function unliftColumns(
  list: usize,
  n: i32,
  colStart: usize,
  colRow: usize,
  colPre: usize,
  threshold: usize,
  x: usize,
  bytesIn: usize,
  weight: f32,
  gEnc: usize,
  gBias: usize,
  gThreshold: usize,
): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const s = <usize>load<i32>(list + ((<usize>i) << 2));
    const theta = load<f32>(threshold + (s << 2));
    const end = load<i32>(colStart + (s << 2), 4);
    for (let p = load<i32>(colStart + (s << 2)); p < end; p++) {
      const q = (<usize>p) << 2;
      const above = load<f32>(colPre + q) - theta;
      const row = x + <usize>load<i32>(colRow + q) * bytesIn;
      if (above > 0) total += unlift(s, above, row, bytesIn, weight, gEnc, gBias, gThreshold);
    }
  }
  return total;
}

/**
 * The same for a chunk of rows with dense pre-activations `pre [rows, …]` at stride `stride` (floats), for those of the
 * listed latents that lie in `firstLatent … endLatent − 1`.
 */
export function unliftDense(
  list: usize,
  n: i32,
  firstLatent: i32,
  endLatent: i32,
  pre: usize,
  rows: i32,
  stride: i32,
  threshold: usize,
  x: usize,
  bytesIn: usize,
  weight: f32,
  gEnc: usize,
  gBias: usize,
  gThreshold: usize,
): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const s = load<i32>(list + ((<usize>i) << 2));
    if (s < firstLatent || s >= endLatent) continue;
    const theta = load<f32>(threshold + ((<usize>s) << 2));
    for (let r = 0; r < rows; r++) {
      const above = load<f32>(pre + ((<usize>r * <usize>stride + <usize>s) << 2)) - theta;
      const row = x + <usize>r * bytesIn;
      if (above > 0)
        total += unlift(<usize>s, above, row, bytesIn, weight, gEnc, gBias, gThreshold);
    }
  }
  return total;
}
