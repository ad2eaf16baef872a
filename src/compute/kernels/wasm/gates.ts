// Coders with gates: `g = max(p + b_enc, 0)` says whether a latent fires, `f = max(gain·p + b_mag, 0)` how strongly, where
// `p = (x − b) W_enc`, so that one product gives both. Kept entries are open gates; `gain` is exp(r_mag).
import { gatherColumns, rowsThatStayNear } from './columns';
import { axpy, dot, sum4 } from './simd';

/** Code of a latent from its open gate. */
// @inline
function codeOf(gate: f32, latent: usize, bEnc: usize, gain: usize, bMag: usize): f32 {
  const o = latent << 2;
  return max<f32>(load<f32>(gain + o) * (gate - load<f32>(bEnc + o)) + load<f32>(bMag + o), 0);
}

/** `code` of the entries of rows `firstRow … endRow − 1`, from their gates. */
export function codesOfGates(
  firstRow: i32,
  endRow: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  gate: usize,
  bEnc: usize,
  gain: usize,
  bMag: usize,
  code: usize,
): void {
  for (let r = firstRow; r < endRow; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const s = <usize>load<i32>(index + o);
      store<f32>(code + o, codeOf(load<f32>(gate + o), s, bEnc, gain, bMag));
    }
  }
}

/** Turn gates into codes in place and keep those above 0: rows stay where they start and become shorter. */
export function keepCodes(
  firstRow: i32,
  endRow: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  pre: usize,
  bEnc: usize,
  gain: usize,
  bMag: usize,
): void {
  for (let r = firstRow; r < endRow; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    let n = start;
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      const code = codeOf(load<f32>(pre + o), <usize>s, bEnc, gain, bMag);
      if (!(code > 0)) continue;
      store<i32>(index + ((<usize>n) << 2), s);
      store<f32>(pre + ((<usize>n) << 2), code);
      n++;
    }
    store<i32>(rowCount + ((<usize>r) << 2), n - start);
  }
}

/** Add `l1·norms[latent]` to dGate of the entries of some rows; returns `Σ gate·norms[latent]`. */
export function pressGates(
  firstRow: i32,
  endRow: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  gate: usize,
  dGate: usize,
  norms: usize,
  l1: f32,
): f64 {
  let total: f64 = 0;
  for (let r = firstRow; r < endRow; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const norm = load<f32>(norms + ((<usize>load<i32>(index + o)) << 2));
      total += <f64>load<f32>(gate + o) * <f64>norm;
      store<f32>(dGate + o, load<f32>(dGate + o) + l1 * norm);
    }
  }
  return total;
}

/** `out = |rows|` for `n` rows of `bytes`. */
export function rowNorms(rows: usize, n: i32, bytes: usize, out: usize): void {
  for (let r: usize = 0; r < <usize>n; r++) {
    const q = rows + r * bytes;
    store<f32>(out + (r << 2), Mathf.sqrt(dot(q, q, bytes)));
  }
}

/** What the sum of gates, weighted by the norms of decoder rows, adds to the gradient of such a row. */
// @inline
function pressRow(gDec: usize, row: usize, weighted: f32, bytes: usize): void {
  const norm = Mathf.sqrt(dot(row, row, bytes));
  if (norm > 0) axpy(gDec, weighted / norm, row, bytes);
}

/**
 * Add the gradients of the latents `firstLatent … endLatent − 1` from their columns of gates and codes, which share
 * `colStart` and `colRow`. dGate becomes `∂p = dGate + gain·dCode`, by which W_enc learns.
 *
 *   gDec[s] = Σ f·error (+ Σ g·gateError where `gateErrors` is not 0) (+ pressed·Σ g·W_dec[s]/|W_dec[s]|)
 *   gGain[s] = Σ dCode·gain·p, by r_mag      fired[s] = rows with f > 0
 */
export function gateGradients(
  firstLatent: i32,
  endLatent: i32,
  colStart: usize,
  colRow: usize,
  colGate: usize,
  colDGate: usize,
  colCode: usize,
  colDCode: usize,
  threshold: usize,
  errors: usize,
  gateErrors: usize,
  x: usize,
  batch: i32,
  bytesIn: usize,
  bytesOut: usize,
  bEnc: usize,
  gain: usize,
  wDec: usize,
  pressed: f32,
  gEnc: usize,
  gDec: usize,
  gBEnc: usize,
  gRMag: usize,
  gBMag: usize,
  fired: usize,
): void {
  memory.fill(fired + ((<usize>firstLatent) << 2), 0, (<usize>(endLatent - firstLatent)) << 2);
  for (let s = firstLatent; s < endLatent; s++) {
    const o = (<usize>s) << 2;
    const to = load<i32>(colStart + o, 4);
    const scale = load<f32>(gain + o);
    const bias = load<f32>(bEnc + o);
    let byGate: f32 = 0,
      byCode: f32 = 0,
      byGain: f32 = 0,
      gates: f32 = 0;
    let rows = 0;
    for (let p = load<i32>(colStart + o); p < to; p++) {
      const q = (<usize>p) << 2;
      const gate = load<f32>(colGate + q);
      let d = load<f32>(colDGate + q);
      byGate += d;
      gates += gate;
      if (load<f32>(colCode + q) > 0) {
        const dCode = load<f32>(colDCode + q);
        byCode += dCode;
        byGain += dCode * scale * (gate - bias);
        d += scale * dCode;
        rows++;
      }
      store<f32>(colDGate + q, d);
    }
    store<f32>(gBEnc + o, load<f32>(gBEnc + o) + byGate);
    store<f32>(gBMag + o, load<f32>(gBMag + o) + byCode);
    store<f32>(gRMag + o, load<f32>(gRMag + o) + byGain);
    store<i32>(fired + o, rows);
    const row = <usize>(s - firstLatent) * bytesOut;
    if (pressed !== 0) pressRow(gDec + row, wDec + <usize>s * bytesOut, pressed * gates, bytesOut);
  }
  const group = rowsThatStayNear(firstLatent, endLatent, colStart, batch);
  if (group === 0) return;
  gatherColumns(
    firstLatent,
    endLatent,
    colStart,
    colRow,
    colCode,
    colCode,
    threshold,
    0,
    0,
    errors,
    batch,
    group,
    bytesOut,
    gDec,
  );
  if (gateErrors !== 0)
    gatherColumns(
      firstLatent,
      endLatent,
      colStart,
      colRow,
      colGate,
      colGate,
      threshold,
      0,
      0,
      gateErrors,
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
    colGate,
    colDGate,
    threshold,
    0,
    0,
    x,
    batch,
    group,
    bytesIn,
    gEnc,
  );
}

/** Add `Σ ∂p·W_enc[s]` of some latents to `share [dIn]`, where `Σ ∂p` follows from the gradients of both biases. */
export function shareOfGates(
  firstLatent: i32,
  endLatent: i32,
  gBEnc: usize,
  gBMag: usize,
  gain: usize,
  wEnc: usize,
  bytesIn: usize,
  share: usize,
): void {
  for (let s = firstLatent; s < endLatent; s++) {
    const o = (<usize>s) << 2;
    const d = load<f32>(gBEnc + o) + load<f32>(gain + o) * load<f32>(gBMag + o);
    if (d !== 0) axpy(share, d, wEnc + <usize>s * bytesIn, bytesIn);
  }
}

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
