// One owner at a time, among the processes of all machines that see a file: a lock file with its owner's number and host,
// whose time is set every other second while it is held. It is taken over when its owner is gone.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, UserError } from './errors.ts';
import { diskError } from './files.ts';
import { makeFolder } from './folders.ts';
import { logger } from './log.ts';

const log = logger('lock');

const LOCK_NAME = '.saev-lock';

/** Who holds a lock. Locks of folders had no `id` once: their owners gave no signs of life. */
const ownerSchema = z.object({
  id: z.string().optional(),
  pid: z.number().int(),
  host: z.string(),
  since: z.string().optional(),
});
type Owner = z.infer<typeof ownerSchema>;

/** Milliseconds between two signs of life of an owner. */
const BEAT = 2000;

/** Longest wait of who is to be refused at once, should the owner turn out to be gone. */
const SHORT = 2.5 * BEAT;

const POLL = 100;

/**
 * How many milliseconds a lock must stay as it is before its owner counts as gone. Silence is watched, so the clocks of
 * two machines need not agree.
 */
function patience(owner: Owner | undefined): number {
  // Empty or damaged: its owner is about to write it, or ended in between.
  if (owner === undefined) return BEAT;
  const isHere = owner.host === hostname();
  if (isHere && owner.pid !== process.pid && hasEnded(owner.pid)) return 0;
  const beats = owner.id !== undefined;
  // What this thread holds is known: this owner is an earlier process with our number, or another thread.
  if (isHere && owner.pid === process.pid) return beats ? SHORT : 0;
  return beats ? 7.5 * BEAT : Number.POSITIVE_INFINITY;
}

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

/** A folder that is ours to write. */
export interface FolderLock {
  /** Give the folder back. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Make this process the only writer of an existing folder.
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
  return { release: await acquire(path, { longest: SHORT, onOther: refuse }) };
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
  const release = await acquire(path, { onOther: tell, signal });
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

/** Take a lock, and keep giving signs of life; returns what gives it back. */
async function acquire(path: string, options: AcquireOptions): Promise<() => Promise<void>> {
  const { longest = 0, onOther, signal } = options;
  const self: Owner = { id: randomUUID(), pid: process.pid, host: hostname() };
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
  return async () => {
    if (released) return;
    released = true;
    clearInterval(beat);
    try {
      // Another owner may have thought us gone.
      if (ownerOf((await look(path))?.text)?.id === self.id) await rm(path, { force: true });
    } finally {
      ours.delete(path);
    }
  };
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

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, path);
  }
}

interface Look {
  readonly text: string;
  readonly changedAt: number;
}

/** What a lock file holds, and when it changed last; undefined where there is none. */
async function look(path: string): Promise<Look | undefined> {
  try {
    return { text: await readFile(path, 'utf8'), changedAt: (await stat(path)).mtimeMs };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, path);
  }
}

function ownerOf(text: string | undefined): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

/** Remove the lock of an owner who is gone. Others may be at it, too: whoever moves a fresh one puts it back. */
async function setAside(path: string, text: string): Promise<void> {
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
