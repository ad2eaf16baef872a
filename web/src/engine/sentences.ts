// Errors in words.
import { UserError } from '../../../src/base/errors.ts';

/** Say an error to people, with what to do about it. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError && error.hint !== undefined)
    return `${error.message}; ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
