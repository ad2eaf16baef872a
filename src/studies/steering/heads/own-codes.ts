// Heads on codes: which of them read those of the coder that is edited.
import { realpath } from 'node:fs/promises';
import { UserError } from '../../../base/errors.ts';
import { coderPath } from '../../../sae/checkpoints/read-coder.ts';
import { whereItLies } from '../../asking/where-it-lies.ts';
import type { FoundHead } from './heads.ts';

/** Mark the heads that read codes of `coder`, a run or checkpoint: their autoencoder is the same checkpoint. */
export async function withOwnCodes<Head extends FoundHead>(
  heads: readonly Head[],
  coder: string,
): Promise<Head[]> {
  if (heads.every(({ sae }) => sae === undefined)) return [...heads];
  const own = await placeOf(coder);
  return Promise.all(
    heads.map(async (head) => {
      if (head.sae === undefined) return head;
      const place = await placeOf(await whereItLies(head.sae, head.folder ?? '.'));
      return { ...head, readsOwnCodes: place !== undefined && place === own };
    }),
  );
}

/** Where a checkpoint lies, links followed; undefined where there is none on this disk. */
async function placeOf(name: string): Promise<string | undefined> {
  try {
    return await realpath(await coderPath(name));
  } catch (error) {
    if (error instanceof UserError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined;
    throw error;
  }
}
