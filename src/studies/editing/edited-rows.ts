// What rows an edit may make: numbers whose squares a norm can still sum in float32.
import type { HookPoint } from '../../backbones/hook-points.ts';
import { UserError } from '../../base/errors.ts';

/** Norms square what they get: beyond this that is infinite, and what follows is zero without a word. */
const LARGEST = 1e17;

/**
 * Refuse edited rows that the model cannot compute with.
 * @throws {UserError} for numbers that are not finite, or too large
 */
export function checkEditedRows(rows: Float32Array, hook: HookPoint): void {
  const isTooLarge = rows.some((x) => !(Math.abs(x) <= LARGEST));
  if (!isTooLarge) return;
  throw new UserError(
    rows.every(Number.isFinite)
      ? `edited rows at '${hook}' are too large for float32`
      : `edited rows at '${hook}' are not all finite numbers`,
    { hint: 'the change is too large: take a smaller value' },
  );
}
