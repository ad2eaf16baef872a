// What kills leave in a folder of runs, removed by the next job that trains there.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOfPath } from '../../base/files.ts';
import { folderOwner, LOCK_NAME } from '../../base/lock.ts';
import { removeDead } from '../../base/system/lock-file.ts';
import { isTemporary, removeTemporaries } from '../../base/system/temporary.ts';
import { readRunRecord } from './run-directory.ts';

/** Names that `openRunDirectory` gives: others' folders are left alone. */
const RUN_NAME = /^\d{8}-\d{6}(\.\d+)?-[0-9a-f]{6}$/;

/**
 * Remove run directories whose process was killed before it had said what they are, and of runs that have finished the
 * `state/` and the lock. What a living process holds is left to it, and nothing here fails for its sake.
 */
export async function removeLeftovers(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names.filter((each) => RUN_NAME.test(each))) {
    await tidyRun(join(root, name)).catch(() => undefined);
  }
}

async function tidyRun(path: string): Promise<void> {
  if ((await kindOfPath(join(path, 'run.json'))) === 'file') {
    const [state, lock] = [join(path, 'state'), join(path, LOCK_NAME)];
    const kinds = [await kindOfPath(state), await kindOfPath(lock)];
    if (kinds.every((kind) => kind === 'nothing')) return;
    if ((await readRunRecord(path)).status !== 'finished') return;
    if ((await folderOwner(path)) !== undefined) return;
    await rm(state, { recursive: true, force: true });
    await removeDead(lock);
    return;
  }
  const names = await readdir(path);
  if (names.length > 0 && names.every(isTemporary)) {
    // Killed over its lock: the folder goes where the writer has, and stays where there is anything else in it.
    await removeTemporaries(path);
    return rmdir(path);
  }
  // A folder without a lock may be one that is being made just now.
  if (!names.includes(LOCK_NAME) || (await folderOwner(path)) !== undefined) return;
  const isOurs = (name: string): boolean =>
    [LOCK_NAME, 'config.json'].includes(name) || isTemporary(name);
  if (names.every(isOurs)) await rm(path, { recursive: true, force: true });
}
