// What every entry of the catalogue says, and how it says what is wrong with it.
import { describeError, UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { refusalOfSystem } from '../../base/system/refusals.ts';
import type { Entry } from '../../pages/catalogue.ts';
import type { Found } from './find.ts';

const log = logger('serve');

/** The entry of a thing that was found. */
export function entryOf({ id, shown }: Found): Entry {
  return { id, title: shown.split('/').at(-1)!, folder: shown };
}

/** Why a thing cannot be shown: one sentence, which names it as the page does. What trips the program spoils no list. */
export function faultOf(error: unknown, { folder, shown }: Found): { fault: string } {
  const mistake = error instanceof UserError ? error : refusalOfSystem(error);
  if (mistake !== undefined) {
    const { message, hint } = mistake;
    const said = hint === undefined ? message : `${message}; ${hint}`;
    return { fault: said.replaceAll(folder, shown) };
  }
  if (error instanceof SyntaxError) return { fault: 'its file is damaged' };
  log.error(`'${shown}' could not be described: ${(error as Error).stack ?? error}`);
  return { fault: `it cannot be read: ${describeError(error)}` };
}
