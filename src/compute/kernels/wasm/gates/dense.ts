// The same while codes are dense, four latents at a time.
import { sum4 } from '../simd';
import { pressRow } from './gradients';

/** `code` from `gate [rows, width]` at stride `stride` (floats) while codes are dense. */
export function codesOfDenseGates(
  gate: usize,
  code: usize,
  rows: i32,
  width: i32,
  stride: i32,
  bEnc: usize,
  gain: usize,
  bMag: usize,
): void {
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    const row = (<usize>r * <usize>stride) << 2;
    for (let c: usize = 0; c < (<usize>width) << 2; c += 16) {
      const g = v128.load(gate + row + c);
      const p = f32x4.sub(g, v128.load(bEnc + c));
      const m = f32x4.add(f32x4.mul(v128.load(gain + c), p), v128.load(bMag + c));
      v128.store(code + row + c, v128.and(f32x4.max(m, zero), f32x4.gt(g, zero)));
    }
  }
}

/**
 * Turn `dGate = <gateError, W_dec>` into `∂p` in place for a chunk of rows and the latents `firstLatent … endLatent − 1`
 * (row stride `stride` floats), and add to the gradients and counts of latents (see gateGradients). Adds `Σ 1[f > 0]` and
 * `Σ f` to the two float64 at `sums`, `Σ 1[g > 0]` and `Σ g·norm` to those at `gateSums`. `scratch` has room for four floats.
 */
export function backwardDenseGates(
  gate: usize,
  dGate: usize,
  code: usize,
  dCode: usize,
  rows: i32,
  stride: i32,
  firstLatent: i32,
  endLatent: i32,
  bytesOut: usize,
  norms: usize,
  l1: f32,
  bEnc: usize,
  gain: usize,
  wDec: usize,
  pressed: f32,
  gWDec: usize,
  gBEnc: usize,
  gRMag: usize,
  gBMag: usize,
  fired: usize,
  sums: usize,
  gateSums: usize,
  scratch: usize,
): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  let nCodes: f64 = 0,
    sumCodes: f64 = 0,
    nGates: f64 = 0,
    sumGates: f64 = 0;
  for (let s = firstLatent; s < endLatent; s += 4) {
    const o = (<usize>s) << 2;
    const scale = v128.load(gain + o);
    const bias = v128.load(bEnc + o);
    const norm = v128.load(norms + o);
    const press = f32x4.mul(f32x4.splat(l1), norm);
    let byGate = zero,
      byCode = zero,
      byGain = zero,
      gates = zero,
      codes = zero,
      open = zero,
      active = zero;
    for (let r = 0; r < rows; r++) {
      const q = (<usize>r * <usize>stride + <usize>s) << 2;
      const g = v128.load(gate + q);
      const f = v128.load(code + q);
      const isOpen = f32x4.gt(g, zero);
      const fires = f32x4.gt(f, zero);
      const d = v128.and(isOpen, f32x4.add(v128.load(dGate + q), press));
      const dF = v128.and(fires, v128.load(dCode + q));
      const dP = f32x4.mul(scale, dF);
      byGate = f32x4.add(byGate, d);
      byCode = f32x4.add(byCode, dF);
      byGain = f32x4.add(byGain, f32x4.mul(dP, f32x4.sub(g, bias)));
      gates = f32x4.add(gates, g);
      codes = f32x4.add(codes, f);
      open = f32x4.add(open, v128.and(isOpen, one));
      active = f32x4.add(active, v128.and(fires, one));
      v128.store(dGate + q, f32x4.add(d, dP));
    }
    v128.store(gBEnc + o, f32x4.add(v128.load(gBEnc + o), byGate));
    v128.store(gBMag + o, f32x4.add(v128.load(gBMag + o), byCode));
    v128.store(gRMag + o, f32x4.add(v128.load(gRMag + o), byGain));
    v128.store(fired + o, i32x4.add(v128.load(fired + o), i32x4.trunc_sat_f32x4_s(active)));
    if (pressed !== 0) {
      v128.store(scratch, f32x4.mul(f32x4.splat(pressed), gates));
      for (let k: usize = 0; k < 4; k++) {
        const row = (<usize>s + k) * bytesOut;
        pressRow(gWDec + row, wDec + row, load<f32>(scratch + (k << 2)), bytesOut);
      }
    }
    nCodes += <f64>sum4(active);
    sumCodes += <f64>sum4(codes);
    nGates += <f64>sum4(open);
    sumGates += <f64>sum4(f32x4.mul(gates, norm));
  }
  store<f64>(sums, load<f64>(sums) + nCodes);
  store<f64>(sums + 8, load<f64>(sums + 8) + sumCodes);
  store<f64>(gateSums, load<f64>(gateSums) + nGates);
  store<f64>(gateSums + 8, load<f64>(gateSums + 8) + sumGates);
}
