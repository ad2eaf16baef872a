// Folders: made where there are none, and replaced whole.
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './errors.ts';
import { diskError } from './files.ts';

/**
 * Make a folder, and those that it stands in, where there are none.
 *
 * @throws {UserError} when the disk refuses it.
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw diskError(error, path);
  });
}

/**
 * Make the folders `names` of `folder` anew: `make` fills a folder of its own, from which they then take the places of
 * the old ones. A name that was not made is no longer there.
 *
 * @throws {UserError} when nothing can be written in `folder`.
 */
export async function replaceFolders<T>(
  folder: string,
  names: readonly string[],
  make: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = await mkdtemp(join(folder, '.page-')).catch((error: unknown) => {
    throw diskError(error, folder);
  });
  try {
    const result = await make(staging);
    for (const name of names) {
      await rm(join(folder, name), { recursive: true, force: true });
      await rename(join(staging, name), join(folder, name)).catch(ignoreMissing);
    }
    return result;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
