// One writer a folder: a lock file with the owner's process and host, taken over when its owner is gone.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, UserError } from './errors.ts';
import { diskError } from './files.ts';
import { logger } from './log.ts';

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
const log = logger('hub');

/** Milliseconds between two signs of life of the holder. */
const BEAT = 2000;

/** A holder that gave no sign for so long is gone. */
const PATIENCE = 15000;
const POLL = 100;

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/** Run `work` while holding the lock file `path`, waiting for another holder first. */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const holder: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  await acquire(path, holder, signal);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT).unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await holderOf(path))?.id === holder.id) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  holder: Holder,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw diskError(error, path);
  });
  // Age is judged by watching the file change, so the clocks of two machines need not agree.
  let seen = '';
  let seenAt = 0;
  for (;;) {
    signal?.throwIfAborted();
    if (await tryCreate(path, holder)) return;
    const other = await holderOf(path);
    const sign = `${other?.id} ${await changedAt(path)}`;
    if (sign !== seen) {
      if (seen === '')
        log.info('waiting for process {pid} to finish the same download', { ...other });
      seen = sign;
      seenAt = performance.now();
    }
    if (isDead(other) || performance.now() - seenAt > PATIENCE) await rm(path, { force: true });
    else await setTimeout(POLL, undefined, { signal });
  }
}

async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, path);
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.mtimeMs,
    () => 0,
  );
}

/** A process of this machine that no longer runs; those of other machines can only be waited for. */
function isDead(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.host !== hostname() || holder.pid === process.pid)
    return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}
