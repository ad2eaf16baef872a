// The standard normal distribution: its upper tail and the inverse of that.

/** Coefficients of the Chebyshev series of `erfc` (Numerical Recipes, third edition, 6.2). */
const SERIES = [
  -1.3026537197817094, 0.6419697923564902, 1.9476473204185836e-2, -9.561514786808631e-3,
  -9.46595344482036e-4, 3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5,
  -1.624290004647e-6, 1.30365583558e-6, 1.5626441722e-8, -8.5238095915e-8, 6.529054439e-9,
  5.059343495e-9, -9.91364156e-10, -2.27365122e-10, 9.6467911e-11, 2.394038e-12, -6.886027e-12,
  8.94487e-13, 3.13092e-13, -1.12708e-13, 3.81e-16, 7.106e-15,
] as const;

/** Compute `P(X > z)` of a standard normal X, to about 1e-15 of its size. */
export function upperTail(z: number): number {
  const tail = halfErfc(Math.abs(z) * Math.SQRT1_2);
  return z >= 0 ? tail : 1 - tail;
}

/** `erfc(x) / 2` for `x` from 0 on. */
function halfErfc(x: number): number {
  if (x > 27) return 0;
  const t = 2 / (2 + x);
  const y = 4 * t - 2;
  let d = 0;
  let dd = 0;
  for (let j = SERIES.length - 1; j > 0; j--) {
    const held = d;
    d = y * d - dd + SERIES[j]!;
    dd = held;
  }
  return 0.5 * t * Math.exp(-x * x + 0.5 * (SERIES[0] + y * d) - dd);
}

/** Find `z` with `P(X > z) = p` of a standard normal X; infinite for 0 and 1. */
export function upperQuantile(p: number): number {
  if (p <= 0) return Number.POSITIVE_INFINITY;
  if (p >= 1) return Number.NEGATIVE_INFINITY;
  if (p > 0.5) return -upperQuantile(1 - p);
  // A first guess (Abramowitz and Stegun 26.2.23), then Halley's steps.
  const t = Math.sqrt(-2 * Math.log(p));
  let z =
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 3; i++) {
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    const off = (upperTail(z) - p) / density;
    z += off / (1 - 0.5 * z * off);
  }
  return z;
}
