// A file or a folder that appears whole: made in a folder of its own beside its place, then moved there in one step.
import { link, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, UserError } from './errors.ts';
import { kindOfPath } from './files.ts';
import { diskError } from './system/refusals.ts';
import { removeTemporaries, temporaryPath } from './system/temporary.ts';

interface PlacingOptions {
  /** Whether what stands there may be replaced; looked at in the same step in which the place is taken. @default true */
  readonly overwrite?: boolean;
  /** Files of a folder that do not go with what is made now: removed from one that is written over. */
  readonly stale?: readonly string[];
}

/**
 * Let `make` write the file or folder `path`, and the folders that it stands in; nobody sees it before it is whole. Other
 * files of a folder that stands there are left alone.
 *
 * @throws {UserError} when the disk refuses it, or something stands there that may not be replaced.
 */
export async function placeWhole(
  path: string,
  make: (path: string) => Promise<void>,
  { overwrite = true, stale = [] }: PlacingOptions = {},
): Promise<void> {
  await removeTemporaries(dirname(path), { of: basename(path) });
  const staging = temporaryPath(path);
  try {
    const made = join(staging, basename(path));
    await make(made);
    const isFolder = (await kindOfPath(made)) === 'folder';
    if (!isFolder && !overwrite) await placeNewFile(made, path);
    else if (!isFolder) await rename(made, path);
    else await placeFolder(made, path, overwrite, stale);
  } catch (error) {
    throw namingPlace(diskError(error, path), staging, path);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The same mistake, about the place that a person named. */
function namingPlace(error: unknown, staging: string, path: string): unknown {
  if (!(error instanceof UserError) || !error.message.includes(staging)) return error;
  const made = join(staging, basename(path));
  const message = error.message.replaceAll(made, path).replaceAll(staging, path);
  return new UserError(message, { cause: error.cause, ...(error.hint && { hint: error.hint }) });
}

/** Refuse to write over what stands at `path`. */
export function somethingStands(path: string): UserError {
  return new UserError(`cannot write '${path}': something stands there`, {
    hint: 'name another path, or give --overwrite',
  });
}

async function placeNewFile(made: string, path: string): Promise<void> {
  try {
    await link(made, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw somethingStands(path);
    // File systems without links cannot look and take in one step.
    if ((await kindOfPath(path)) !== 'nothing') throw somethingStands(path);
    await rename(made, path);
  }
}

/** A folder takes the place of nothing or of an empty one in one step; into a full one its files move one by one. */
async function placeFolder(
  made: string,
  path: string,
  overwrite: boolean,
  stale: readonly string[],
): Promise<void> {
  try {
    return await rename(made, path);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
    if (!overwrite) throw somethingStands(path);
  }
  const names = await readdir(made);
  for (const name of names) await rename(join(made, name), join(path, name));
  for (const name of stale) if (!names.includes(name)) await rm(join(path, name), { force: true });
}
