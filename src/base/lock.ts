// One writer a folder: a lock file with the owner's process and host, taken over when its owner is gone.
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, UserError } from './errors.ts';
import { diskError } from './files.ts';

const LOCK_NAME = '.saev-lock';

const ownerSchema = z.object({ pid: z.number().int(), host: z.string(), since: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/** Folders that this process holds: tells a live lock of our own from one left by a process that had our number. */
const held = new Set<string>();

export interface FolderLock {
  /** Give the folder back. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Make this process the only writer of an existing folder.
 * Throws a UserError while another process has it; a lock whose owner on this host has ended is taken over.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(resolve(folder), LOCK_NAME);
  if (held.has(path)) throw inUse(folder, path, { pid: process.pid, host: hostname(), since: '' });
  held.add(path);
  try {
    while (!(await create(path))) await removeIfStale(folder, path);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      held.delete(path);
      await rm(path, { force: true });
    },
  };
}

async function create(path: string): Promise<boolean> {
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    await writeFile(path, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, path);
  }
}

/** Remove a lock whose owner has ended; throw while it is, or may be, alive. */
async function removeIfStale(folder: string, path: string): Promise<void> {
  const text = await readLock(path);
  if (text === undefined) return;
  const owner = parseOwner(text);
  if (owner !== undefined && isAlive(owner)) throw inUse(folder, path, owner);
  // Two processes may find the same stale lock: each moves it aside, and whoever moved a fresh one puts it back.
  const aside = `${path}.${randomBytes(4).toString('hex')}.stale`;
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

/** Read the lock; one that is still empty is given a second to be filled. */
async function readLock(path: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      const text = await readFile(path, 'utf8');
      if (text !== '' || attempt === 10) return text;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    await setTimeout(100);
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function inUse(folder: string, path: string, owner: Owner): UserError {
  return new UserError(
    `folder '${folder}' is being written by process ${owner.pid} on ${owner.host}`,
    { hint: `wait for it; if it no longer runs, delete '${path}'` },
  );
}
