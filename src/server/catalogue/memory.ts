// What was read of things on disk, kept for as long as their files are the same.
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import { isBelow, leadsOut, type Root } from './roots.ts';

/** A file whose change is a change of the thing. */
export interface Marker {
  readonly name: string;
  /** A larger one is not read. */
  readonly maxBytes?: number;
}

/** What was read before. */
export interface Memory {
  /**
   * Give what `read` gave when the files of `folder` were as they are now, or read it. Only plain files are read: one that
   * is a pipe or a socket would never end, and one that lies elsewhere is nobody's business.
   * @throws {UserError} when a file is none, too large, or a link that leads out of the opened folders; what `read` throws, remembered, too.
   */
  recall<T>(
    what: string,
    folder: string,
    files: readonly Marker[],
    read: () => Promise<T>,
  ): Promise<T>;
  /** Forget what nobody has asked for since this was called last. */
  tidy(): void;
}

interface Known {
  readonly stamp: string;
  readonly value: Promise<unknown>;
}

/** Begin with an empty memory. Files that are links out of `roots` are refused; unset: whoever asks has looked. */
export function createMemory(roots?: readonly Pick<Root, 'real'>[]): Memory {
  let known = new Map<string, Known>();
  let asked = new Map<string, Known>();
  return {
    async recall<T>(
      what: string,
      folder: string,
      files: readonly Marker[],
      read: () => Promise<T>,
    ): Promise<T> {
      const stamp = (await Promise.all(files.map((file) => stampOf(folder, file, roots)))).join(
        ', ',
      );
      const key = `${what} ${folder}`;
      const before = known.get(key);
      const now = before?.stamp === stamp ? before : { stamp, value: read() };
      now.value.catch(() => undefined);
      known.set(key, now);
      asked.set(key, now);
      return now.value as Promise<T>;
    },
    tidy() {
      known = asked;
      asked = new Map();
    },
  };
}

/** Shards that a run names may lie anywhere: a file leads out only from a folder that is inside. */
async function isLinkOut(
  folder: string,
  path: string,
  roots: readonly Pick<Root, 'real'>[],
): Promise<boolean> {
  return (await leadsOut(path, roots)) && isBelow(await realpath(folder), roots);
}

async function stampOf(
  folder: string,
  { name, maxBytes = 2 ** 24 }: Marker,
  roots: readonly Pick<Root, 'real'>[] | undefined,
): Promise<string> {
  const path = join(folder, name);
  try {
    const stats = await stat(path);
    if (roots !== undefined && (await isLinkOut(folder, path, roots)))
      throw new UserError(`'${name}' leads out of the opened folders`);
    if (!stats.isFile()) throw new UserError(`'${name}' is no file`);
    if (stats.size > maxBytes)
      throw new UserError(`'${name}' is too large to be read (${stats.size} bytes)`);
    return `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw diskError(error, path, 'read');
  }
}
