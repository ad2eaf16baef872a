// Names for files that are being written, which say by whom: what a killed writer left can be told and removed.
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../errors.ts';

/** Writer's number in base 36, mark of its host, chance; files of before had eight hexadecimal digits of chance alone. */
const ENDING = /\.(?:([0-9a-z]{1,7})-([0-9a-f]{4})-[0-9a-f]{6}|[0-9a-f]{8})\.(?:tmp|part|stale)$/;

/** Milliseconds after which a file whose writer cannot be asked counts as left behind. */
const OLD = 24 * 3_600_000;

/** Longest name of a file, in bytes, on almost every file system. */
const LONGEST_NAME = 255;

const hostMark = createHash('sha256').update(hostname()).digest('hex').slice(0, 4);

/** Name a file in which `path` is made before it is renamed to `path`. */
export function temporaryPath(path: string, kind: 'tmp' | 'part' | 'stale' = 'tmp'): string {
  const chance = randomBytes(3).toString('hex');
  const ending = `.${process.pid.toString(36)}-${hostMark}-${chance}.${kind}`;
  const fits = Buffer.byteLength(basename(path)) + ending.length <= LONGEST_NAME;
  return fits ? `${path}${ending}` : join(dirname(path), `.saev${ending}`);
}

/** Whether a file's name is one that `temporaryPath` gives. */
export function isTemporary(name: string): boolean {
  return ENDING.test(name);
}

/** Whether a process of this machine is no longer there. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

/**
 * Remove what killed writers left in `folder`, and in folders up to `depth` below it; `of` names the file whose leavings
 * are meant, if not all. Where the writer cannot be asked for (another machine), a day without change says that it is gone.
 */
export async function removeTemporaries(
  folder: string,
  { depth = 0, of }: { depth?: number; of?: string } = {},
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (isTemporary(entry.name)) {
      if (of !== undefined && !entry.name.startsWith(`${of}.`)) continue;
      if (await isLeft(path))
        await rm(path, { recursive: true, force: true }).catch(() => undefined);
    } else if (depth > 0 && entry.isDirectory()) {
      await removeTemporaries(path, { depth: depth - 1, ...(of === undefined ? {} : { of }) });
    }
  }
}

async function isLeft(path: string): Promise<boolean> {
  const [, number, host] = ENDING.exec(path) ?? [];
  const pid = number === undefined ? undefined : Number.parseInt(number, 36);
  if (pid !== undefined && host === hostMark && pid !== process.pid && hasEnded(pid)) return true;
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > OLD;
}
