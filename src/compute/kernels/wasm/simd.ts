// SIMD helpers. Rows are padded to 16 floats (64 bytes), so no kernel has a scalar tail.

// @ts-expect-error: decorator
@inline
export function fma4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-expect-error: decorator
@inline
export function sum4(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

/** `Σ a·b` over `bytes` (a multiple of 64). */
// @ts-expect-error: decorator
@inline
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let o: usize = 0; o < bytes; o += 64) {
    s0 = fma4(v128.load(a + o), v128.load(b + o), s0);
    s1 = fma4(v128.load(a + o, 16), v128.load(b + o, 16), s1);
    s2 = fma4(v128.load(a + o, 32), v128.load(b + o, 32), s2);
    s3 = fma4(v128.load(a + o, 48), v128.load(b + o, 48), s3);
  }
  return sum4(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** `out += scale · a` over `bytes` (a multiple of 64). */
// @ts-expect-error: decorator
@inline
export function axpy(out: usize, scale: f32, a: usize, bytes: usize): void {
  const s = f32x4.splat(scale);
  for (let o: usize = 0; o < bytes; o += 64) {
    v128.store(out + o, fma4(s, v128.load(a + o), v128.load(out + o)));
    v128.store(out + o, fma4(s, v128.load(a + o, 16), v128.load(out + o, 16)), 16);
    v128.store(out + o, fma4(s, v128.load(a + o, 32), v128.load(out + o, 32)), 32);
    v128.store(out + o, fma4(s, v128.load(a + o, 48), v128.load(out + o, 48)), 48);
  }
}
