// One owner at a time, among the processes of all machines that see a file: a lock file with its owner's number and host,
// whose time is set every other second while it is held. It is taken over when its owner is gone.
import { randomUUID } from 'node:crypto';
import { rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from './errors.ts';
import { makeFolder } from './folders.ts';
import { logger } from './log.ts';
import {
  BEAT,
  create,
  type Look,
  look,
  type Owner,
  ownerNow,
  ownerOf,
  patience,
  SHORT,
  setAside,
} from './system/lock-file.ts';
import { removeTemporaries } from './system/temporary.ts';

const log = logger('lock');

/** Name of the lock file of a folder. */
export const LOCK_NAME = '.saev-lock';

/** Milliseconds between two looks at a lock that another holds. */
const POLL = 100;

/** A folder that is ours to write. */
export interface FolderLock {
  /**
   * Make sure that it still is.
   * @throws {UserError} when the folder was removed, or taken by another process.
   */
  check(): Promise<void>;
  /** Give the folder back. Safe to call twice. */
  release(): Promise<void>;
}

/** How deep in a locked folder the leavings of killed writers are looked for. */
const DEPTH = 2;

/**
 * Make this process the only writer of an existing folder, and remove what killed writers left half-written there.
 * @throws {UserError} while another has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(resolve(folder), LOCK_NAME);
  const refuse = (owner: Owner): never => {
    throw new UserError(
      `folder '${folder}' is being written by process ${owner.pid} on ${owner.host}`,
      { hint: `wait for it; if it no longer runs, delete '${path}'` },
    );
  };
  const { id, release } = await acquire(path, { longest: SHORT, onOther: refuse });
  await removeTemporaries(folder, { depth: DEPTH });
  return {
    async check() {
      if (ownerOf((await look(path))?.text)?.id === id) return;
      throw new UserError(
        `folder '${folder}' was removed or taken over while it was being written`,
        {
          hint: 'give the same command again',
        },
      );
    },
    release,
  };
}

/** The process that writes a folder just now, if there is one. */
export function folderOwner(folder: string): Promise<Owner | undefined> {
  return ownerNow(join(resolve(folder), LOCK_NAME));
}

/** Run `work` while holding the lock file `path`, waiting for another owner first. */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await makeFolder(dirname(path));
  let told = false;
  const tell = ({ pid, host }: Owner): void => {
    if (!told)
      log.info('waiting for process {pid} on {host} to finish the same work', { pid, host });
    told = true;
  };
  const { release } = await acquire(path, { onOther: tell, signal });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Locks that this thread holds or is about to. */
const ours = new Set<string>();

interface AcquireOptions {
  /** Milliseconds of silence that are waited for; an owner who may be silent for longer is there. */
  readonly longest?: number;
  /** Called with an owner who is there; to throw is to give up. */
  readonly onOther: (owner: Owner) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Held {
  /** The lock's own name, which its file holds. */
  readonly id: string;
  release(): Promise<void>;
}

/** Take a lock, and keep giving signs of life. */
async function acquire(path: string, options: AcquireOptions): Promise<Held> {
  const { longest = 0, onOther, signal } = options;
  const id = randomUUID();
  const self: Owner = { id, pid: process.pid, host: hostname() };
  while (ours.has(path)) {
    onOther(self);
    await pause(signal);
  }
  ours.add(path);
  try {
    await take(path, { ...self, since: new Date().toISOString() }, { longest, onOther, signal });
  } catch (error) {
    ours.delete(path);
    throw error;
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT).unref();
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    clearInterval(beat);
    try {
      // Another owner may have thought us gone.
      if (ownerOf((await look(path))?.text)?.id === id) await rm(path, { force: true });
    } catch (error) {
      // Whoever comes next sees that we are gone; what was done is not undone by it.
      log.debug('the lock {path} stays: {error}', { path, error });
    } finally {
      ours.delete(path);
    }
  };
  return { id, release };
}

/** Make the lock file, as soon as there is none of an owner who may be alive. */
async function take(
  path: string,
  self: Owner,
  { longest, onOther, signal }: AcquireOptions & { readonly longest: number },
): Promise<void> {
  let seen: Look | undefined;
  let since = 0;
  for (;;) {
    signal?.throwIfAborted();
    if (await create(path, self)) return;
    const now = await look(path);
    if (now === undefined) continue;
    if (now.text !== seen?.text || now.changedAt !== seen.changedAt) {
      seen = now;
      since = performance.now();
    }
    const owner = ownerOf(now.text);
    const needed = patience(owner);
    if (performance.now() - since >= needed) {
      await setAside(path, now.text);
      continue;
    }
    if (owner !== undefined && needed > longest) onOther(owner);
    await pause(signal);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(POLL, undefined, { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}
