// Adam, on many parameters and on one.
import { fma4 } from './simd';

/** Smallest moment kept: below it a moment is rounding noise, and denormal numbers would slow the pass a hundredfold. */
const TINY: f32 = 1e-35;

/**
 * Adam (Kingma and Ba 2015) on `bytes` of parameters, as PyTorch rounds it: `w −= rate·m / (√v·root + ε)`.
 *
 * `gain1` and `gain2` are 1 − β, rounded once: taken from a rounded β₂ of 0.999 it would be 1.3e-5 too small, and every
 * step too long. Gradients are multiplied with `factor`, and parameters with `kept` first. The mean goes towards the
 * gradient by its share of the way, so that a steady gradient is met exactly.
 */
export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  bytes: usize,
  rate: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  root: f32,
  epsilon: f32,
  factor: f32,
  kept: f32,
): void {
  const F = f32x4.splat(factor),
    K = f32x4.splat(kept);
  const B2 = f32x4.splat(beta2),
    O1 = f32x4.splat(gain1),
    O2 = f32x4.splat(gain2);
  const R = f32x4.splat(rate),
    C = f32x4.splat(root),
    E = f32x4.splat(epsilon),
    T = f32x4.splat(TINY);
  for (let o: usize = 0; o < bytes; o += 16) {
    const G = f32x4.mul(F, v128.load(g + o));
    const held = v128.load(m + o);
    let M = fma4(O1, f32x4.sub(G, held), held);
    let V = fma4(B2, v128.load(v + o), f32x4.mul(O2, f32x4.mul(G, G)));
    M = v128.and(M, f32x4.ge(f32x4.abs(M), T));
    V = v128.and(V, f32x4.ge(V, T));
    v128.store(m + o, M);
    v128.store(v + o, V);
    v128.store(
      w + o,
      f32x4.sub(
        f32x4.mul(K, v128.load(w + o)),
        f32x4.div(f32x4.mul(R, M), fma4(f32x4.sqrt(V), C, E)),
      ),
    );
  }
}

/** One number's Adam step: returns `rate·m / (√v·root + ε)` and stores the moments. */
// @inline
export function adamStep(
  g: f32,
  m: usize,
  v: usize,
  rate: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  root: f32,
  epsilon: f32,
): f32 {
  const held = load<f32>(m);
  let M: f32 = held + gain1 * (g - held);
  let V: f32 = beta2 * load<f32>(v) + gain2 * (g * g);
  if (Mathf.abs(M) < TINY) M = 0;
  if (V < TINY) V = 0;
  store<f32>(m, M);
  store<f32>(v, V);
  return (rate * M) / (Mathf.sqrt(V) * root + epsilon);
}
