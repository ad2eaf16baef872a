// A change so large that the model behind it overflows shows nothing.
import type { HookPoint } from '../../backbones/hook-points.ts';
import { UserError } from '../../base/errors.ts';
import type { Values } from './sections/image-section.ts';

/**
 * Check what is read behind an edit.
 * @throws {UserError} when the model's numbers have overflowed
 */
export function checkFinite(values: Values, edited: HookPoint): void {
  for (const { data } of values.values()) {
    if (data.every(Number.isFinite)) continue;
    throw new UserError(`the edit at '${edited}' is too large: the model behind it overflows`, {
      hint: 'take smaller values',
    });
  }
}
