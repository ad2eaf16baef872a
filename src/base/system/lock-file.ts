// Lock files: who holds one, whether that owner may still be there, and how one is made and taken away.
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { errorCode } from '../errors.ts';
import { diskError } from './refusals.ts';
import { hasEnded, temporaryPath } from './temporary.ts';

/** Who holds a lock. Locks of folders had no `id` once: their owners gave no signs of life. */
const ownerSchema = z.object({
  id: z.string().optional(),
  pid: z.number().int(),
  host: z.string(),
  since: z.string().optional(),
});
/** The owner of a lock, as its file says. */
export type Owner = z.infer<typeof ownerSchema>;

/** Milliseconds between two signs of life of an owner. */
export const BEAT = 2000;

/** Longest wait of who is to be refused at once, should the owner turn out to be gone. */
export const SHORT = 2.5 * BEAT;

/**
 * How many milliseconds a lock must stay as it is before its owner counts as gone. Silence is watched, so the clocks of
 * two machines need not agree.
 */
export function patience(owner: Owner | undefined): number {
  // Empty or damaged: its owner is about to write it, or ended in between.
  if (owner === undefined) return BEAT;
  const isHere = owner.host === hostname();
  if (isHere && owner.pid !== process.pid && hasEnded(owner.pid)) return 0;
  const beats = owner.id !== undefined;
  // What this thread holds is known: this owner is an earlier process with our number, or another thread.
  if (isHere && owner.pid === process.pid) return beats ? SHORT : 0;
  return beats ? 7.5 * BEAT : Number.POSITIVE_INFINITY;
}

/** Make the lock file with its owner in it, in one step; false where there is one. */
export async function create(path: string, owner: Owner): Promise<boolean> {
  if ((await look(path)) !== undefined) return false;
  const made = temporaryPath(path);
  const text = `${JSON.stringify(owner)}\n`;
  try {
    await writeFile(made, text, { flag: 'wx' });
    await link(made, path).catch(async (error: unknown) => {
      // Without links (exFAT, some network disks) the file is empty for a moment.
      if (errorCode(error) === 'EEXIST') throw error;
      await writeFile(path, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, path);
  } finally {
    await rm(made, { force: true }).catch(() => undefined);
  }
}

/** A look at a lock file. */
export interface Look {
  readonly text: string;
  readonly changedAt: number;
}

/** What a lock file holds, and when it changed last; undefined where there is none. */
export async function look(path: string): Promise<Look | undefined> {
  try {
    return { text: await readFile(path, 'utf8'), changedAt: (await stat(path)).mtimeMs };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, path);
  }
}

/** The owner that the text of a lock file names; undefined where it is empty or damaged. */
export function ownerOf(text: string | undefined): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

/** Remove the lock of an owner who is gone. Others may be at it, too: whoever moves a fresh one puts it back. */
export async function setAside(path: string, text: string): Promise<void> {
  const aside = temporaryPath(path, 'stale');
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw diskError(error, path);
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== text) await writeFile(path, moved, { flag: 'wx' }).catch(() => undefined);
  await rm(aside, { force: true });
}

/** The owner of the lock file `path`, if there may be one who is there. */
export async function ownerNow(path: string): Promise<Owner | undefined> {
  const seen = await look(path);
  if (seen === undefined) return undefined;
  const owner = ownerOf(seen.text);
  const silent = Date.now() - seen.changedAt;
  return owner !== undefined && silent < patience(owner) ? owner : undefined;
}

/** Remove the lock file `path` if its owner has ended for certain; the disk's refusal is no matter. */
export async function removeDead(path: string): Promise<void> {
  const seen = await look(path).catch(() => undefined);
  const owner = ownerOf(seen?.text);
  if (seen === undefined || owner === undefined || patience(owner) > 0) return;
  await setAside(path, seen.text).catch(() => undefined);
}
