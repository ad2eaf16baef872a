// Rows of activations as they come from the disk: clamped, centred and scaled in place.

/**
 * `x = (clamp(x, ±limit) − mean) / scalar` over `n` floats in place; `mean` 0: nothing is subtracted. Returns 1 when all
 * clamped values are finite. Rounds like float32 arithmetic step by step.
 */
export function scaleRow(x: usize, n: i32, mean: usize, scalar: f32, limit: f32): i32 {
  const high = f32x4.splat(limit);
  const low = f32x4.splat(-limit);
  const divisor = f32x4.splat(scalar);
  const zero = f32x4.splat(0);
  let check = zero;
  const end = x + (n << 2);
  const vectorEnd = x + ((n & ~3) << 2);
  const isCentred = mean !== 0;
  const isScaled = scalar !== 1;
  for (; x < vectorEnd; x += 16) {
    // One instruction each, in this order of arguments: what is not a number stays.
    let value = f32x4.pmin(f32x4.pmax(v128.load(x), low), high);
    // Zero times anything but a finite number is NaN, which then stays.
    check = f32x4.add(check, f32x4.mul(value, zero));
    if (isCentred) {
      value = f32x4.sub(value, v128.load(mean));
      mean += 16;
    }
    if (isScaled) value = f32x4.div(value, divisor);
    v128.store(x, value);
  }
  let finite: i32 = v128.any_true(f32x4.ne(check, check)) ? 0 : 1;
  for (; x < end; x += 4) {
    let value = min<f32>(limit, max<f32>(-limit, load<f32>(x)));
    if (value * 0 !== 0) finite = 0;
    if (isCentred) {
      value -= load<f32>(mean);
      mean += 4;
    }
    store<f32>(x, value / scalar);
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
