// A lock between processes, so that two of them do not download the same thing. Nothing becomes wrong when it fails (each
// file is checked and renamed into place); the work is then only done twice.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { pause } from '../hub/request.ts';
import { errorCode } from './errors.ts';
import { diskError } from './files.ts';
import { logger } from './log.ts';

const log = logger('hub');

/** Milliseconds between two signs of life of the holder. */
const BEAT = 2000;
/** A holder that gave no sign for so long is gone. */
const PATIENCE = 15_000;
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
    else await pause(POLL, signal);
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
