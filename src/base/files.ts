// Files that are either whole or not there: written under a temporary name, flushed, renamed.
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { errorCode, UserError } from './errors.ts';
import { makeFolder } from './folders.ts';
import { diskError } from './system/refusals.ts';
import { temporaryPath } from './system/temporary.ts';

export { diskError } from './system/refusals.ts';

/**
 * Write `data` (one piece or several in order) to `path`; a reader sees the old file or the new one, never a part.
 *
 * @throws {UserError} when the disk refuses it.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      if (typeof data === 'string' || data instanceof Uint8Array) await file.writeFile(data);
      else for await (const piece of data) await writeAll(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Write `value` as indented JSON with a last newline, atomically. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Read and parse a JSON file; `what` names it in errors (`run config`).
 *
 * @throws {UserError} when it is missing, cannot be read, or is not JSON.
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  const text = await readText(path, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`invalid ${what}: '${path}' is not JSON`, { cause });
  }
}

/**
 * Read a text file; `what` names it in errors.
 *
 * @throws {UserError} when it is missing or cannot be read.
 */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new UserError(`missing ${what}: '${path}'`);
    throw new UserError(`${what} cannot be read: '${path}'`, { cause });
  }
}

/**
 * Tell what stands at `path`.
 *
 * @throws {UserError} when that cannot be told: no permission, a name too long, links in a circle.
 */
export async function kindOfPath(path: string): Promise<'file' | 'folder' | 'other' | 'nothing'> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'nothing';
    throw diskError(error, path, 'look at');
  }
}

/**
 * Join a name from outside (an archive, an index file) to `root`.
 *
 * @throws {UserError} when it would lead out of `root`.
 */
export function joinInside(root: string, name: string, what = 'path'): string {
  const joined = resolve(root, name);
  const inside = relative(resolve(root), joined);
  if (name.includes('\0') || isAbsolute(name) || inside === '..' || inside.startsWith(`..${sep}`)) {
    throw new UserError(`invalid ${what}: '${name}' leads outside '${root}'`);
  }
  return join(root, inside);
}

async function writeAll(
  file: {
    write(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
  },
  piece: Uint8Array,
): Promise<void> {
  for (let offset = 0; offset < piece.byteLength; ) {
    const { bytesWritten } = await file.write(
      piece,
      offset,
      Math.min(piece.byteLength - offset, 2 ** 30),
    );
    offset += bytesWritten;
  }
}
