// Errors told to visitors without saying where the opened folders are on this machine.
import { basename, sep } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { Refusal } from '../safety/refusal.ts';
import type { Workbench } from '../workbench.ts';

/** Do something; the words of its mistakes name places from the opened folders on. */
export async function withoutPlaces<T>(
  { roots }: Pick<Workbench, 'roots'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof Refusal) throw error;
    const shorten = (text: string): string =>
      roots.reduce((said, root) => said.replaceAll(root + sep, `${basename(root)}/`), text);
    const hint = error.hint === undefined ? {} : { hint: shorten(error.hint) };
    throw new UserError(shorten(error.message), { ...hint, cause: error });
  }
}
