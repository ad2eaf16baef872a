import { expect, it } from 'vitest';
import { explainedVarianceMetrics } from './explained-variance.ts';

const MEAN = 'metrics/explained_variance';
const STD = 'metrics/explained_variance_std';

it('is the mean and the spread over rows of the share of |x|² that x̂ explains', () => {
  const acts = Float32Array.of(3, 4, 0, 2, 1, 0);
  // Shares 1 − 1/25, 1 − 4/4 and 1 − 9/1.
  const errors = Float32Array.of(1, 0, 0, -2, 0, 3);
  const found = explainedVarianceMetrics({ acts }, errors, 2);
  const shares = [0.96, 0, -8];
  const mean = (0.96 - 8) / 3;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  expect(found[MEAN]).toBeCloseTo(mean, 6);
  expect(found[STD]).toBeCloseTo(Math.sqrt(squares / 2), 6);
});

it('measures a transcoder against its target, of whatever width', () => {
  const acts = Float32Array.of(1, 2, 3, 4);
  const targets = Float32Array.of(5, 5, 0, 5, 5, 5);
  const errors = Float32Array.of(0, 0, 0, 5, 5, 5);
  const found = explainedVarianceMetrics({ acts, targets }, errors, 3);
  expect(found[MEAN]).toBe(0.5);
  expect(found[STD]).toBeCloseTo(Math.SQRT1_2);
});

it('leaves out rows of zeros and rows whose error is not known, and says nothing without any', () => {
  const acts = Float32Array.of(0, 0, 3, 4, 1, 1);
  const errors = Float32Array.of(1, 1, 0, 5, Number.NaN, Number.NaN);
  expect(explainedVarianceMetrics({ acts }, errors, 2)).toEqual({ [MEAN]: 0, [STD]: 0 });
  expect(explainedVarianceMetrics({ acts: new Float32Array(2) }, new Float32Array(2), 2)).toEqual(
    {},
  );
});
