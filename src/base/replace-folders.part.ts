// Folders that are made anew: those that stood there stay whole until the new ones are.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './errors.ts';
import { diskError } from './files.ts';

/**
 * Make the folders `names` of `folder` anew: `make` fills a folder of its own, from which they then take the places of
 * the old ones. A name that was not made is no longer there.
 */
export async function replaceFolders<T>(
  folder: string,
  names: readonly string[],
  make: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = await mkdtemp(join(folder, '.page-')).catch((error) => {
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
