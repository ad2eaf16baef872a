// AuxK: pre-activations of listed latents, taken from the product that the encoder does anyway, and what is left for them.
import { kthLargest } from './largest';
import { dotWide } from './rows';

/**
 * `out[r, j] = h[r, list[j] − firstLatent] + bias[list[j]]` for the latents `from … to − 1` of a list and rows of products
 * at stride `stride` (floats); rows of `out` are `outStride` apart.
 */
export function gatherPre(
  h: usize,
  rows: i32,
  stride: i32,
  firstLatent: i32,
  bias: usize,
  list: usize,
  from: i32,
  to: i32,
  out: usize,
  outStride: i32,
  gathered: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const row = h + ((<usize>r * <usize>stride) << 2);
    const o = out + ((<usize>r * <usize>outStride) << 2);
    for (let j = from; j < to; j++) {
      const s = load<i32>(list + ((<usize>j) << 2));
      store<f32>(
        o + ((<usize>j) << 2),
        load<f32>(row + ((<usize>(gathered ? j - from : s - firstLatent)) << 2)) +
          load<f32>(bias + ((<usize>s) << 2)),
      );
    }
  }
}

/**
 * Keep of rows of `n` values, one for each latent of a list, the `k` largest that are above `above`, in the order of the
 * list; of equal ones those that come first. Writes them to `index`, `pre [rows, k]` and `count [rows]`. `scratch` holds
 * `n` values.
 */
export function keepListed(
  values: usize,
  rows: i32,
  n: i32,
  list: usize,
  k: i32,
  above: f32,
  index: usize,
  pre: usize,
  count: usize,
  scratch: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = values + ((<usize>r * <usize>n) << 2);
    let m = 0;
    for (let j = 0; j < n; j++) {
      const value = load<f32>(row + ((<usize>j) << 2));
      if (!(value > above)) continue;
      store<f32>(scratch + ((<usize>m) << 2), value);
      m++;
    }
    let limit: f32 = above;
    let ties = 0;
    if (m > k) {
      limit = kthLargest(scratch, m, k);
      ties = k;
      for (let j = 0; j < m; j++) if (load<f32>(scratch + ((<usize>j) << 2)) > limit) ties--;
    }
    let at = (<usize>r * <usize>k) << 2;
    let kept = 0;
    for (let j = 0; j < n; j++) {
      const value = load<f32>(row + ((<usize>j) << 2));
      if (!(value > limit || (value === limit && ties-- > 0))) continue;
      store<i32>(index + at, load<i32>(list + ((<usize>j) << 2)));
      store<f32>(pre + at, value);
      at += 4;
      kept++;
    }
    store<i32>(count + ((<usize>r) << 2), kept);
  }
}

/**
 * What is left of rows `firstRow … endRow − 1`: `out = −errors / (scale·weight)`, `target − x̂`. Adds `Σ weight·out` to
 * `share`, and `Σ weight·|out|²` and `Σ weight` to the two float64 at `sums`. `weights` of rows, or 0: all 1.
 */
export function leftOver(
  firstRow: i32,
  endRow: i32,
  errors: usize,
  weights: usize,
  scale: f32,
  out: usize,
  bytes: usize,
  share: usize,
  sums: usize,
): void {
  let squared: f64 = 0;
  let mass: f64 = 0;
  for (let r = firstRow; r < endRow; r++) {
    const weight: f32 = weights ? load<f32>(weights + ((<usize>r) << 2)) : 1;
    const unscale: f32 = weight === 0 ? 0 : -1 / (scale * weight);
    const e = errors + <usize>r * bytes;
    const o = out + <usize>r * bytes;
    const S = f32x4.splat(unscale);
    const W = f32x4.splat(weight);
    for (let q: usize = 0; q < bytes; q += 16) {
      const left = f32x4.mul(v128.load(e + q), S);
      v128.store(o + q, left);
      v128.store(share + q, f32x4.add(v128.load(share + q), f32x4.mul(W, left)));
    }
    squared += <f64>weight * dotWide(o, o, bytes);
    mass += <f64>weight;
  }
  store<f64>(sums, load<f64>(sums) + squared);
  store<f64>(sums + 8, load<f64>(sums + 8) + mass);
}
