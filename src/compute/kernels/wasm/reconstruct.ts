// Decode sparse rows, measure the error, and send it back to the entries: everything that needs one row only.
import { dot, fma4 } from './simd';

/** `acc += Σ f·W_dec[latent]` over the entries `from … to − 1`, 64 columns at a time in registers. */
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
  let col: usize = 0;
  for (; col + 256 <= bytes; col += 256) {
    const q = acc + col;
    let a0 = v128.load(q),
      a1 = v128.load(q, 16),
      a2 = v128.load(q, 32),
      a3 = v128.load(q, 48);
    let a4 = v128.load(q, 64),
      a5 = v128.load(q, 80),
      a6 = v128.load(q, 96),
      a7 = v128.load(q, 112);
    let b0 = v128.load(q, 128),
      b1 = v128.load(q, 144),
      b2 = v128.load(q, 160),
      b3 = v128.load(q, 176);
    let b4 = v128.load(q, 192),
      b5 = v128.load(q, 208),
      b6 = v128.load(q, 224),
      b7 = v128.load(q, 240);
    for (let p = from; p < to; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      const value = load<f32>(pre + o);
      if (!(value > load<f32>(threshold + ((<usize>s) << 2)))) continue;
      const f = f32x4.splat(value);
      const w = wDec + <usize>s * bytes + col;
      a0 = fma4(f, v128.load(w), a0);
      a1 = fma4(f, v128.load(w, 16), a1);
      a2 = fma4(f, v128.load(w, 32), a2);
      a3 = fma4(f, v128.load(w, 48), a3);
      a4 = fma4(f, v128.load(w, 64), a4);
      a5 = fma4(f, v128.load(w, 80), a5);
      a6 = fma4(f, v128.load(w, 96), a6);
      a7 = fma4(f, v128.load(w, 112), a7);
      b0 = fma4(f, v128.load(w, 128), b0);
      b1 = fma4(f, v128.load(w, 144), b1);
      b2 = fma4(f, v128.load(w, 160), b2);
      b3 = fma4(f, v128.load(w, 176), b3);
      b4 = fma4(f, v128.load(w, 192), b4);
      b5 = fma4(f, v128.load(w, 208), b5);
      b6 = fma4(f, v128.load(w, 224), b6);
      b7 = fma4(f, v128.load(w, 240), b7);
    }
    v128.store(q, a0);
    v128.store(q, a1, 16);
    v128.store(q, a2, 32);
    v128.store(q, a3, 48);
    v128.store(q, a4, 64);
    v128.store(q, a5, 80);
    v128.store(q, a6, 96);
    v128.store(q, a7, 112);
    v128.store(q, b0, 128);
    v128.store(q, b1, 144);
    v128.store(q, b2, 160);
    v128.store(q, b3, 176);
    v128.store(q, b4, 192);
    v128.store(q, b5, 208);
    v128.store(q, b6, 224);
    v128.store(q, b7, 240);
  }
  for (; col < bytes; col += 64) {
    const q = acc + col;
    let a0 = v128.load(q),
      a1 = v128.load(q, 16),
      a2 = v128.load(q, 32),
      a3 = v128.load(q, 48);
    for (let p = from; p < to; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      const value = load<f32>(pre + o);
      if (!(value > load<f32>(threshold + ((<usize>s) << 2)))) continue;
      const f = f32x4.splat(value);
      const w = wDec + <usize>s * bytes + col;
      a0 = fma4(f, v128.load(w), a0);
      a1 = fma4(f, v128.load(w, 16), a1);
      a2 = fma4(f, v128.load(w, 32), a2);
      a3 = fma4(f, v128.load(w, 48), a3);
    }
    v128.store(q, a0);
    v128.store(q, a1, 16);
    v128.store(q, a2, 32);
    v128.store(q, a3, 48);
  }
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
 * Reconstruct rows `r0 … r1 − 1` for every prefix `latent < cuts[k]`, and find `dPre` of each entry.
 *
 * errors   `[nCuts, batch, dOut]`: after the call, Σ over the prefixes from k on of `scale · (x̂_k − target)`,
 *          which is what reaches the latents between cuts k − 1 and k.
 * sums     `[2 + nCuts]` float64 of this block: Σ 1[f > 0], Σ f, then Σ |x̂_k − target|² per prefix.
 * dPre     `<error, W_dec[latent]> + l1` at entries above their threshold; below it (the window of a jumprelu)
 *          `<error, W_dec[latent]>`, which only the threshold's gradient uses. Not touched when `backward` is 0.
 * acc      scratch, one row.
 */
export function reconstructRows(
  r0: i32,
  r1: i32,
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
  errors: usize,
  bytes: usize,
  cuts: usize,
  nCuts: i32,
  scale: f32,
  l1: f32,
  sums: usize,
  acc: usize,
  backward: i32,
): void {
  const table = <usize>batch * bytes;
  let nActive: f64 = 0;
  let sumF: f64 = 0;
  for (let r = r0; r < r1; r++) {
    const start = load<i32>(rowStart + ((<usize>r) << 2));
    const end = start + load<i32>(rowCount + ((<usize>r) << 2));
    const y = target + <usize>r * bytes;
    memory.copy(acc, bDec, bytes);
    let from = start;
    for (let k = 0; k < nCuts; k++) {
      let to = end;
      if (k + 1 < nCuts) {
        const cut = load<i32>(cuts + ((<usize>k) << 2));
        to = from;
        while (to < end && load<i32>(index + ((<usize>to) << 2)) < cut) to++;
      }
      gather(acc, index, pre, threshold, from, to, wDec, bytes);
      const sse = sums + 16 + ((<usize>k) << 3);
      const e = errors + <usize>k * table + <usize>r * bytes;
      store<f64>(sse, load<f64>(sse) + rowError(acc, y, e, scale, bytes));
      from = to;
    }
    for (let k = nCuts - 2; k >= 0; k--) {
      const e = errors + <usize>k * table + <usize>r * bytes;
      for (let o: usize = 0; o < bytes; o += 16) {
        v128.store(e + o, f32x4.add(v128.load(e + o), v128.load(e + o + table)));
      }
    }
    let k = 0;
    let cut = load<i32>(cuts);
    for (let p = start; p < end; p++) {
      const o = (<usize>p) << 2;
      const s = load<i32>(index + o);
      const value = load<f32>(pre + o);
      const active = value > load<f32>(threshold + ((<usize>s) << 2));
      if (active) {
        nActive += value > 0 ? 1 : 0;
        sumF += <f64>value;
      }
      if (!backward) continue;
      while (s >= cut) {
        k++;
        cut = load<i32>(cuts + ((<usize>k) << 2));
      }
      const d = dot(errors + <usize>k * table + <usize>r * bytes, wDec + <usize>s * bytes, bytes);
      store<f32>(dPre + o, active ? d + l1 : d);
    }
  }
  store<f64>(sums, load<f64>(sums) + nActive);
  store<f64>(sums + 8, load<f64>(sums + 8) + sumF);
}

/** `out += Σ rows` of a block: the bias gradient's share. */
export function sumRows(rows: usize, r0: i32, r1: i32, out: usize, bytes: usize): void {
  for (let r = r0; r < r1; r++) {
    const q = rows + <usize>r * bytes;
    for (let o: usize = 0; o < bytes; o += 16) {
      v128.store(out + o, f32x4.add(v128.load(out + o), v128.load(q + o)));
    }
  }
}
