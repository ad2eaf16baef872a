// Coders with gates: `g = max(p + b_enc, 0)` says whether a latent fires, `f = max(gain·p + b_mag, 0)` how strongly, where
// `p = (x − b) W_enc`, so that one product gives both. Kept entries are open gates; `gain` is exp(r_mag).
import { dot } from '../simd';

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
