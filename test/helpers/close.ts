// `expect(a).toBeClose(b, { relative, absolute })` for arrays of numbers: reports the worst element.
// With SHOW_ERRORS=1 in the environment every comparison prints the difference that it found: docs/fidelity.md is
// written from those.
import { expect } from 'vitest';

interface Tolerance {
  relative?: number;
  absolute?: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: must repeat the type parameter of the declaration it extends
  interface Matchers<T = any> {
    /** Every |a − b| ≤ absolute + relative·|b|; lengths equal; NaN equals NaN. */
    toBeClose(expected: ArrayLike<number>, tolerance?: Tolerance): T;
    /** ‖a − b‖ / ‖b‖ ≤ limit. */
    toBeNear(expected: ArrayLike<number>, limit: number): T;
  }
}

expect.extend({
  toBeClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance = {}) {
    const { relative = 1e-5, absolute = 1e-7 } = tolerance;
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `length ${actual.length}, expected ${expected.length}` };
    }
    showError(this.currentTestName, actual, expected);
    let worst = -1;
    let worstExcess = 0;
    for (let i = 0; i < expected.length; i++) {
      const a = actual[i]!;
      const b = expected[i]!;
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
      const excess = Math.abs(a - b) / (absolute + relative * Math.abs(b));
      if (!(excess <= 1) && !(excess <= worstExcess)) {
        worst = i;
        worstExcess = excess;
      }
    }
    return {
      pass: worst === -1,
      message: () =>
        `element ${worst}: ${actual[worst]} against ${expected[worst]}, ${worstExcess.toFixed(1)} times the tolerance`,
    };
  },
  toBeNear(actual: ArrayLike<number>, expected: ArrayLike<number>, limit: number) {
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `length ${actual.length}, expected ${expected.length}` };
    }
    showError(this.currentTestName, actual, expected);
    const error = relativeError(actual, expected);
    return {
      pass: error <= limit,
      message: () => `relative error ${error.toExponential(2)}, limit ${limit}`,
    };
  },
});

/** `‖a − b‖ / ‖b‖`, in float64. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

function showError(
  test: string | undefined,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  if (!process.env.SHOW_ERRORS || actual.length === 0) return;
  const norm = relativeError(actual, expected).toExponential(1);
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!) / Math.abs(expected[i]!);
    if (expected[i] !== 0 && difference > most) most = difference;
  }
  process.stdout.write(`${norm} in norm, ${most.toExponential(1)} in an element: ${test}\n`);
}
