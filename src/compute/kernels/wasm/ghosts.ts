// Ghost gradients: what dead latents would add if they fired with exp(pre). Products are done by gemm, on the rows of
// the ghosts gathered from the weights; these do what lies between.
import { dotWide } from './rows';

/** Pre-activations beyond it count as this much: no dead latent comes near, and exp stays finite. */
const MOST: f32 = 64;

// @inline
function latentAt(list: usize, i: i32): i32 {
  return load<i32>(list + ((<usize>i) << 2));
}

/** `out[i] = table[list[i]]` for `n` rows of `bytes`; where the list says −1, zeros. */
export function gatherRows(table: usize, list: usize, n: i32, out: usize, bytes: usize): void {
  for (let i = 0; i < n; i++) {
    const latent = latentAt(list, i);
    const to = out + <usize>i * bytes;
    if (latent < 0) memory.fill(to, 0, bytes);
    else memory.copy(to, table + <usize>latent * bytes, bytes);
  }
}

/** `table[list[i]] += rows[i]` for `n` rows of `bytes`. */
export function scatterRows(rows: usize, list: usize, n: i32, table: usize, bytes: usize): void {
  for (let i = 0; i < n; i++) {
    const latent = latentAt(list, i);
    if (latent < 0) continue;
    const from = rows + <usize>i * bytes;
    const to = table + <usize>latent * bytes;
    for (let o: usize = 0; o < bytes; o += 16)
      v128.store(to + o, f32x4.add(v128.load(to + o), v128.load(from + o)));
  }
}

/** `e = exp(e + bias[list])` in place for `rows` of `width` ghosts at stride `stride` (floats). */
export function ghostValues(
  e: usize,
  rows: i32,
  width: i32,
  stride: i32,
  list: usize,
  bias: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = e + ((<usize>r * <usize>stride) << 2);
    for (let c = 0; c < width; c++) {
      const latent = latentAt(list, c);
      const q = row + ((<usize>c) << 2);
      if (latent < 0) store<f32>(q, 0);
      else
        store<f32>(
          q,
          Mathf.exp(min<f32>(load<f32>(q) + load<f32>(bias + ((<usize>latent) << 2)), MOST)),
        );
    }
  }
}

/**
 * Turn rows of the ghosts' sum `g` into the gradient of their loss, in place. With `r = x − target − error` the
 * residual (`x` is what is to be explained, mostly the target itself), `s = |r| / (1e-6 + 2|g|)`, `q = (s·g − r)² / |r|` and `t = weight·error² / (q + 1e-6)`:
 *
 *   loss = Σ t·q      gradient = scale·t·s·(s·g − r) / |r|
 *
 * `errors` hold `scale·weight·error`; `weights` of rows, or 0: all 1. Adds the loss to the float64 at `sum`.
 */
export function ghostErrors(
  g: usize,
  errors: usize,
  x: usize,
  target: usize,
  weights: usize,
  scale: f32,
  rows: i32,
  bytes: usize,
  sum: usize,
): void {
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const weight: f32 = weights ? load<f32>(weights + ((<usize>row) << 2)) : 1;
    const unscale: f32 = weight === 0 ? 0 : 1 / (scale * weight);
    let squared: f64 = 0;
    for (let o: usize = 0; o < bytes; o += 4) {
      const r = <f64>(load<f32>(x + o) - load<f32>(target + o) - load<f32>(errors + o) * unscale);
      squared += r * r;
    }
    const length = Math.sqrt(squared);
    const s = length / (1e-6 + 2 * Math.sqrt(dotWide(g, g, bytes)));
    if (length === 0 || weight === 0) memory.fill(g, 0, bytes);
    else {
      for (let o: usize = 0; o < bytes; o += 4) {
        const e = load<f32>(errors + o) * unscale;
        const r = load<f32>(x + o) - load<f32>(target + o) - e;
        const miss = s * <f64>load<f32>(g + o) - <f64>r;
        const q = (miss * miss) / length;
        const t = (<f64>weight * <f64>e * <f64>e) / (q + 1e-6);
        total += t * q;
        store<f32>(g + o, <f32>((<f64>scale * t * s * miss) / length));
      }
    }
    g += bytes;
    errors += bytes;
    x += bytes;
    target += bytes;
  }
  store<f64>(sum, load<f64>(sum) + total);
}

/** `dPre = d·e` in place of `d` for `rows` of `width` ghosts; adds its sum over rows to `gBias[list]`. */
export function ghostBackward(
  d: usize,
  e: usize,
  rows: i32,
  width: i32,
  stride: i32,
  list: usize,
  gBias: usize,
): void {
  for (let c = 0; c < width; c++) {
    const latent = latentAt(list, c);
    if (latent < 0) continue;
    let sum: f32 = 0;
    for (let r = 0; r < rows; r++) {
      const q = (<usize>r * <usize>stride + <usize>c) << 2;
      const dPre = load<f32>(d + q) * load<f32>(e + q);
      store<f32>(d + q, dPre);
      sum += dPre;
    }
    const b = gBias + ((<usize>latent) << 2);
    store<f32>(b, load<f32>(b) + sum);
  }
}

/** `d = weight·sign(d)` in place over `n` floats; adds `Σ |d|` to the float64 at `sum`. */
export function signs(d: usize, n: i32, weight: f32, sum: usize): void {
  let total: f64 = 0;
  for (let o: usize = 0; o < (<usize>n) << 2; o += 4) {
    const value = load<f32>(d + o);
    total += <f64>Mathf.abs(value);
    store<f32>(d + o, value > 0 ? weight : value < 0 ? -weight : 0);
  }
  store<f64>(sum, load<f64>(sum) + total);
}
