// Rows of activations as they come from the disk: clamped, centred and scaled in place.

/**
 * `x = (clamp(x, ±limit) − mean) / scalar` over `n` floats in place; returns 1 when all clamped values are finite.
 * Rounds like float32 arithmetic step by step.
 */
export function scaleRow(x: usize, n: i32, mean: usize, scalar: f32, limit: f32): i32 {
  const high = f32x4.splat(limit);
  const low = f32x4.splat(-limit);
  const divisor = f32x4.splat(scalar);
  const zero = f32x4.splat(0);
  let check = zero;
  const vectorEnd = x + ((n & ~3) << 2);
  const end = x + (n << 2);
  while (x < vectorEnd) {
    const clamped = f32x4.min(high, f32x4.max(low, v128.load(x)));
    // Zero times anything but a finite number is NaN, which then stays.
    check = f32x4.add(check, f32x4.mul(clamped, zero));
    v128.store(x, f32x4.div(f32x4.sub(clamped, v128.load(mean)), divisor));
    x += 16;
    mean += 16;
  }
  let finite: i32 = v128.any_true(f32x4.ne(check, check)) ? 0 : 1;
  while (x < end) {
    const value = load<f32>(x);
    const clamped = min<f32>(limit, max<f32>(-limit, value));
    if (clamped * 0 !== 0) finite = 0;
    store<f32>(x, (clamped - load<f32>(mean)) / scalar);
    x += 4;
    mean += 4;
  }
  return finite;
}

/** `Σ a·b` over `bytes` in float64, so that huge rows do not overflow. */
export function dotWide(a: usize, b: usize, bytes: usize): f64 {
  let sum: f64 = 0;
  for (let o: usize = 0; o < bytes; o += 4) sum += <f64>load<f32>(a + o) * <f64>load<f32>(b + o);
  return sum;
}

/** `out[r] = 1 / |rows[r]|`, 0 for a row of zeros, for `n` rows of `bytes`. */
export function inverseNorms(rows: usize, out: usize, n: i32, bytes: usize): void {
  for (let r = 0; r < n; r++) {
    const row = rows + <usize>r * bytes;
    const squared = dotWide(row, row, bytes);
    store<f32>(out + ((<usize>r) << 2), squared > 0 ? <f32>(1 / Math.sqrt(squared)) : 0);
  }
}

/** Write to `out` the mean of the `count` rows of `n` floats that start at the byte addresses listed at `rows`. */
export function meanOfRows(out: usize, n: i32, rows: usize, count: i32): void {
  for (let j: usize = 0; j < <usize>(n << 2); j += 4) {
    let sum: f64 = 0;
    for (let k = 0; k < count; k++) sum += <f64>load<f32>(<usize>load<u32>(rows + (k << 2)) + j);
    store<f32>(out + j, <f32>(sum / <f64>count));
  }
}
