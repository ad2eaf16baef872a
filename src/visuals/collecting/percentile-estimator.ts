// The original program's running percentile, kept to reproduce its numbers. The sketch is what to use.

/** Running estimates of one percentile for many streams at once, all float32. */
export interface PercentileEstimator {
  /** Current estimates, one a stream. */
  readonly estimate: Float32Array;
  /** Take the next value of every stream. */
  update(values: ArrayLike<number>): void;
}

/**
 * Follow percentile `percentile` (0 to 100) of `size` streams of `total` values:
 * `e += lr (1 − t / total) (sign(x − e) + 2 percentile / 100 − 1)`.
 *
 * It takes steps of at most `lr` from 0, so it never reaches a percentile above `lr · total`, and it drifts
 * upwards on streams that are mostly zero, which latents are.
 */
export function createPercentileEstimator(
  percentile: number,
  total: number,
  options: { size?: number; lr?: number } = {},
): PercentileEstimator {
  const { size = 1, lr = 1e-3 } = options;
  const estimate = new Float32Array(size);
  const shift = Math.fround((2 * percentile) / 100);
  let step = 0;
  return {
    estimate,
    update(values) {
      step++;
      const stepSize = Math.fround((lr * (total - step)) / total);
      for (let i = 0; i < size; i++) {
        const sign = Math.sign(Math.fround(values[i]! - estimate[i]!));
        const direction = Math.fround(Math.fround(sign + shift) - 1);
        estimate[i] = estimate[i]! + Math.fround(stepSize * direction);
      }
    },
  };
}
