// What gates and their codes teach latents, from the columns of both.
import { gatherColumns, rowsThatStayNear } from '../columns';
import { axpy, dot } from '../simd';

/** What the sum of gates, weighted by the norms of decoder rows, adds to the gradient of such a row. */
// @inline
export function pressRow(gDec: usize, row: usize, weighted: f32, bytes: usize): void {
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
