// Sentences for visitors, who need not know where folders lie on this machine.
import { basename } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { Workbench } from '../workbench.ts';

/** Write a sentence without the places of the opened folders. */
export function withoutRoots(sentence: string, { roots }: Pick<Workbench, 'roots'>): string {
  return roots.reduce((said, root) => said.replaceAll(root, basename(root)), sentence);
}

/** Do some work whose mistakes are told so. */
export async function tellingWithoutRoots<T>(
  workbench: Pick<Workbench, 'roots'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.constructor !== UserError) throw error;
    const { message, hint, cause } = error;
    throw new UserError(withoutRoots(message, workbench), {
      cause,
      ...(hint !== undefined && { hint: withoutRoots(hint, workbench) }),
    });
  }
}
