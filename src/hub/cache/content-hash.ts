// What the content of a file is, by name: the hub's hash where the file lies in its cache, else a hash of its bytes. Times
// and sizes would not do: packages and archives give every file the same time.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { hashOfBlob } from './cache-paths.ts';

/** Hashes that were computed in this process, by a file's place and when it was last touched in any way. */
const known = new Map<string, Promise<string>>();

/** Hash the content of a file; in the hub's cache, its name there is the hash. Large files take a second a gigabyte. */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  const real = await realpath(path);
  const blob = hashOfBlob(real);
  if (blob !== undefined) return blob;
  const { dev, ino, size, mtimeMs, ctimeMs } = await stat(real);
  const key = [real, dev, ino, size, mtimeMs, ctimeMs].join(' ');
  const hash = known.get(key) ?? hashOf(real, signal);
  known.set(key, hash);
  hash.catch(() => known.delete(key));
  return hash;
}

async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20, signal }))
    hash.update(piece);
  return hash.digest('hex');
}
