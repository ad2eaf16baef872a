// Folders: made where there are none, and replaced whole.
import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from './errors.ts';
import { diskError } from './system/refusals.ts';
import { temporaryPath } from './system/temporary.ts';

/**
 * Make a folder, and those that it stands in, where there are none.
 *
 * @throws {UserError} when the disk refuses it.
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch(async (error: unknown) => {
    throw diskError((await refusalOfParent(path, error)) ?? error, path);
  });
}

/**
 * Why nothing can be made in the nearest folder above `path` that is there. Node's recursive mkdir says ENOENT where that
 * folder is on a read-only file system.
 */
async function refusalOfParent(path: string, error: unknown): Promise<unknown> {
  if (errorCode(error) !== 'ENOENT') return undefined;
  for (let above = dirname(resolve(path)); ; above = dirname(above)) {
    const refusal: unknown = await access(above, constants.W_OK).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (errorCode(refusal) !== 'ENOENT' || above === dirname(above)) return refusal;
  }
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
  const staging = temporaryPath(join(folder, '.page'));
  // Not with the folders above it: one that was removed is not to come back half-filled.
  await mkdir(staging).catch((error: unknown) => {
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
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
