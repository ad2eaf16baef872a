// Weights that are numbers: neither NaN nor infinite.
import { UserError } from '../base/errors.ts';
import type { CoderWeights } from './coder.ts';

/** Index of the first value that is NaN or infinite; -1 when all are finite. */
export function indexOfNonFinite(values: Float32Array): number {
  // 0 · x is 0 for every finite x and NaN for the others, so one sum tells whether any is among them.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i]!;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/**
 * Check weights that were computed from others, as by scaling, and give them back.
 * @throws {UserError} when one has become too large for float32
 */
export function assertFiniteWeights(weights: CoderWeights, where: string): CoderWeights {
  const { gated, ...plain } = weights;
  for (const [name, values] of Object.entries({ ...plain, ...gated })) {
    const at = values === undefined ? -1 : indexOfNonFinite(values);
    if (at === -1) continue;
    throw new UserError(
      `invalid checkpoint: ${name} of ${where} is ${values![at]} at element ${at} once its factors are applied`,
      { hint: 'its numbers are too large for float32' },
    );
  }
  return weights;
}
