// Whether a disk has room for what is to be written.
import { statfs } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { bytes } from '../text.ts';

/**
 * Refuse to begin what will not fit: `needed` bytes in the existing `folder`. A disk that does not say how much is free
 * counts as large enough.
 *
 * @throws {UserError} when there are fewer bytes free.
 */
export async function checkSpace(folder: string, needed: number, hint: string): Promise<void> {
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk === undefined ? Number.POSITIVE_INFINITY : disk.bavail * disk.bsize;
  if (needed <= free) return;
  throw new UserError(`cannot write '${folder}': ${bytes(needed)} needed, ${bytes(free)} free`, {
    hint,
  });
}
