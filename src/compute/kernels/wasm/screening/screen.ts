// Screening: an 8-bit product bounds every product from above, and only those that can matter are computed in float32.
import { dot } from '../simd';

/** Relative size of what the norms and bounds below may lose by their own rounding, for rows of at most 32,768 numbers. */
const SLACK: f32 = 1e-4;
/** Twice the unit roundoff of float32. */
const EPSILON: f32 = 1.1920929e-7;

/**
 * Round `n` rows `v` of `bytes` to 8 bits, `v̂ = scale · out`, `out [n, bytes / 4]`, and say of each what bounds need:
 * of a row of inputs `near = |v − v̂| + γ |v|`, `far = |v̂|`; of one of `weights` `near = |v|`, `far = |v − v̂| + ε (|v| + |v − v̂|)`.
 * Then `x·w`, as float32 adds it up, is at most `scale_x scale_w out_x·out_w + near_x near_w + far_x far_w`: by Cauchy and
 * Schwarz, with γ for the rounding of a float32 sum and ε for that of the estimate itself.
 */
export function roundRows(
  rows: usize,
  n: i32,
  bytes: usize,
  out: usize,
  scale: usize,
  near: usize,
  far: usize,
  weights: i32,
): void {
  const gamma = (<f32>(bytes >> 2) + 8) * EPSILON;
  for (let r: usize = 0; r < <usize>n; r++) {
    const row = rows + r * bytes;
    const to = out + r * (bytes >> 2);
    let largest = f32x4.splat(0);
    for (let o: usize = 0; o < bytes; o += 16)
      largest = f32x4.max(largest, f32x4.abs(v128.load(row + o)));
    const top: f32 = max<f32>(
      max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    );
    const step: f32 = top / 127;
    const S = f32x4.splat(step);
    const inverse = f32x4.splat(top > 0 ? 127 / top : 0);
    let error = f32x4.splat(0),
      rounded = error;
    for (let o: usize = 0; o < bytes; o += 64) {
      const a = v128.load(row + o),
        b = v128.load(row + o, 16),
        c = v128.load(row + o, 32),
        d = v128.load(row + o, 48);
      const A = f32x4.nearest(f32x4.mul(a, inverse)),
        B = f32x4.nearest(f32x4.mul(b, inverse)),
        C = f32x4.nearest(f32x4.mul(c, inverse)),
        D = f32x4.nearest(f32x4.mul(d, inverse));
      v128.store(
        to + (o >> 2),
        i8x16.narrow_i16x8_s(
          i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(A), i32x4.trunc_sat_f32x4_s(B)),
          i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(C), i32x4.trunc_sat_f32x4_s(D)),
        ),
      );
      rounded = f32x4.add(
        rounded,
        f32x4.add(
          f32x4.add(f32x4.mul(A, A), f32x4.mul(B, B)),
          f32x4.add(f32x4.mul(C, C), f32x4.mul(D, D)),
        ),
      );
      const ea = f32x4.sub(a, f32x4.mul(A, S)),
        eb = f32x4.sub(b, f32x4.mul(B, S)),
        ec = f32x4.sub(c, f32x4.mul(C, S)),
        ed = f32x4.sub(d, f32x4.mul(D, S));
      error = f32x4.add(
        error,
        f32x4.add(
          f32x4.add(f32x4.mul(ea, ea), f32x4.mul(eb, eb)),
          f32x4.add(f32x4.mul(ec, ec), f32x4.mul(ed, ed)),
        ),
      );
    }
    const norm = root(dot(row, row, bytes));
    const off: f32 = root(sum(error)) + EPSILON * norm;
    const o = r << 2;
    store<f32>(scale + o, step);
    if (weights) {
      store<f32>(near + o, norm);
      store<f32>(far + o, (off + 8 * EPSILON * (norm + off)) * (1 + SLACK));
    } else {
      store<f32>(near + o, (off + gamma * norm) * (1 + SLACK));
      store<f32>(far + o, step * root(sum(rounded)) * (1 + SLACK));
    }
  }
}

/** A norm from its square, rounded up. */
// @inline
function root(squared: f32): f32 {
  return Mathf.sqrt(squared) * (1 + SLACK);
}

// @inline
function sum(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) +
    f32x4.extract_lane(a, 1) +
    (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3))
  );
}

/**
 * What `compactTile` does, from a tile of 8-bit products `products [rows, width]` (whole numbers of 32 bits): entries whose
 * bound and bias together are above their floor and their row's bound are computed in float32, each by a dot product of its own
 * of `x [rows]` and `wEnc [dSae]`, and listed where they are above them. `scaleX … farW` are what `roundRows` says of both.
 * Returns how many were computed of the first `sample` rows.
 */
export function screenTile(
  products: usize,
  rows: i32,
  width: i32,
  firstLatent: i32,
  x: usize,
  wEnc: usize,
  bytes: usize,
  scaleX: usize,
  nearX: usize,
  farX: usize,
  scaleW: usize,
  nearW: usize,
  farW: usize,
  bias: usize,
  floor: usize,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  capacity: i32,
  bounds: usize,
  sample: i32,
): i32 {
  const first = (<usize>firstLatent) << 2;
  let computed = 0;
  for (let r = 0; r < rows; r++) {
    const ro = (<usize>r) << 2;
    const row = products + ((<usize>r * <usize>width) << 2);
    const xr = x + <usize>r * bytes;
    const base = <usize>r * <usize>capacity;
    const bound = load<f32>(bounds + ro);
    const B = f32x4.splat(bound);
    const A = v128.load32_splat(scaleX + ro),
      N = v128.load32_splat(nearX + ro),
      F = v128.load32_splat(farX + ro);
    let n = load<i32>(listCount + ro);
    for (let c = 0; c < width; c += 16) {
      const o = first + ((<usize>c) << 2);
      const q = row + ((<usize>c) << 2);
      let mask = possible(q, o, A, N, F, B, scaleW, nearW, farW, bias, floor);
      if (r < sample) computed += popcnt(mask);
      while (mask) {
        const s = firstLatent + c + ctz(mask);
        const so = (<usize>s) << 2;
        const value = dot(xr, wEnc + <usize>s * bytes, bytes) + load<f32>(bias + so);
        if (value > load<f32>(floor + so) && value > bound) {
          store<i32>(listIndex + ((base + <usize>n) << 2), s);
          store<f32>(listValue + ((base + <usize>n) << 2), value);
          n++;
        }
        mask &= mask - 1;
      }
    }
    store<i32>(listCount + ro, n);
  }
  return computed;
}

/** Which of sixteen entries may be above their floors and their row's bound: all that are not surely below, NaNs with them. */
// @inline
export function possible(
  q: usize,
  o: usize,
  A: v128,
  N: v128,
  F: v128,
  B: v128,
  scaleW: usize,
  nearW: usize,
  farW: usize,
  bias: usize,
  floor: usize,
): i32 {
  const mask =
    below(q, o, A, N, F, B, scaleW, nearW, farW, bias, floor) |
    (below(q + 16, o + 16, A, N, F, B, scaleW, nearW, farW, bias, floor) << 4) |
    (below(q + 32, o + 32, A, N, F, B, scaleW, nearW, farW, bias, floor) << 8) |
    (below(q + 48, o + 48, A, N, F, B, scaleW, nearW, farW, bias, floor) << 12);
  return mask ^ 0xffff;
}

/** Which of four entries are surely not above their floors and their row's bound. */
// @inline
function below(
  q: usize,
  o: usize,
  A: v128,
  N: v128,
  F: v128,
  B: v128,
  scaleW: usize,
  nearW: usize,
  farW: usize,
  bias: usize,
  floor: usize,
): i32 {
  const estimate = f32x4.mul(
    f32x4.convert_i32x4_s(v128.load(q)),
    f32x4.mul(A, v128.load(scaleW + o)),
  );
  const off = f32x4.add(f32x4.mul(N, v128.load(nearW + o)), f32x4.mul(F, v128.load(farW + o)));
  const most = f32x4.add(f32x4.add(estimate, off), v128.load(bias + o));
  return i32x4.bitmask(f32x4.le(most, f32x4.pmax(v128.load(floor + o), B)));
}
