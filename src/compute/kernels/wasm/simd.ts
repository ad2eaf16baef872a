// SIMD helpers. Rows are padded to 16 floats (64 bytes), so no kernel has a scalar tail.

// @inline
export function fma4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @inline
export function sum4(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) +
    f32x4.extract_lane(a, 1) +
    (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3))
  );
}

/** `Σ a·b` over `bytes` (a multiple of 64). */
// @inline
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
  for (let o: usize = 0; o < bytes; o += 64) {
    s0 = fma4(v128.load(a + o), v128.load(b + o), s0);
    s1 = fma4(v128.load(a + o, 16), v128.load(b + o, 16), s1);
    s2 = fma4(v128.load(a + o, 32), v128.load(b + o, 32), s2);
    s3 = fma4(v128.load(a + o, 48), v128.load(b + o, 48), s3);
  }
  return sum4(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** `a ·= by` over `bytes` (a multiple of 16). */
// @inline
export function multiply(a: usize, by: f32, bytes: usize): void {
  const k = f32x4.splat(by);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(a + o, f32x4.mul(v128.load(a + o), k));
}

/** `out += scale · a` over `bytes` (a multiple of 64). */
// @inline
export function axpy(out: usize, scale: f32, a: usize, bytes: usize): void {
  const s = f32x4.splat(scale);
  for (let o: usize = 0; o < bytes; o += 64) {
    v128.store(out + o, fma4(s, v128.load(a + o), v128.load(out + o)));
    v128.store(out + o, fma4(s, v128.load(a + o, 16), v128.load(out + o, 16)), 16);
    v128.store(out + o, fma4(s, v128.load(a + o, 32), v128.load(out + o, 32)), 32);
    v128.store(out + o, fma4(s, v128.load(a + o, 48), v128.load(out + o, 48)), 48);
  }
}

/**
 * `out += fa·a + fb·b + fc·c + fd·d` over `bytes` (a multiple of 64). Rows come from memory far away: four at a time,
 * each read from its start to its end, keep the processor's prefetchers busy.
 */
// @inline
export function axpy4(
  out: usize,
  bytes: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  fa: f32,
  fb: f32,
  fc: f32,
  fd: f32,
): void {
  const A = f32x4.splat(fa),
    B = f32x4.splat(fb),
    C = f32x4.splat(fc),
    D = f32x4.splat(fd);
  for (let o: usize = 0; o < bytes; o += 32) {
    let s0 = v128.load(out + o),
      s1 = v128.load(out + o, 16);
    s0 = fma4(A, v128.load(a + o), s0);
    s1 = fma4(A, v128.load(a + o, 16), s1);
    s0 = fma4(B, v128.load(b + o), s0);
    s1 = fma4(B, v128.load(b + o, 16), s1);
    s0 = fma4(C, v128.load(c + o), s0);
    s1 = fma4(C, v128.load(c + o, 16), s1);
    s0 = fma4(D, v128.load(d + o), s0);
    s1 = fma4(D, v128.load(d + o, 16), s1);
    v128.store(out + o, s0);
    v128.store(out + o, s1, 16);
  }
}

/** Write `Σ x·a, Σ x·b, Σ x·c, Σ x·d` over `bytes` (a multiple of 64) to `out`. */
// @inline
export function dot4(
  out: usize,
  bytes: usize,
  x: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
): void {
  let a0 = f32x4.splat(0),
    a1 = a0,
    b0 = a0,
    b1 = a0,
    c0 = a0,
    c1 = a0,
    d0 = a0,
    d1 = a0;
  for (let o: usize = 0; o < bytes; o += 32) {
    const x0 = v128.load(x + o),
      x1 = v128.load(x + o, 16);
    a0 = fma4(x0, v128.load(a + o), a0);
    a1 = fma4(x1, v128.load(a + o, 16), a1);
    b0 = fma4(x0, v128.load(b + o), b0);
    b1 = fma4(x1, v128.load(b + o, 16), b1);
    c0 = fma4(x0, v128.load(c + o), c0);
    c1 = fma4(x1, v128.load(c + o, 16), c1);
    d0 = fma4(x0, v128.load(d + o), d0);
    d1 = fma4(x1, v128.load(d + o, 16), d1);
  }
  store<f32>(out, sum4(f32x4.add(a0, a1)));
  store<f32>(out, sum4(f32x4.add(b0, b1)), 4);
  store<f32>(out, sum4(f32x4.add(c0, c1)), 8);
  store<f32>(out, sum4(f32x4.add(d0, d1)), 12);
}
