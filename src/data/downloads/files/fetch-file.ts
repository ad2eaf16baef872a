// One published file: gathered in a part that outlives interruptions, checked by length and hash, renamed when whole.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { diskError } from '../../../base/files.ts';
import { gather } from '../../../base/http/gather.ts';
import type { Patience } from '../../../base/http/patience.ts';
import { logger } from '../../../base/log.ts';
import { checkSpace } from '../../../base/system/disk-space.ts';
import type { FileRecord } from '../record.ts';
import type { PublishedFile } from '../sets/labelled-set.ts';
import { downloadFailed, wrongContent } from './failures.ts';
import { checkHead } from './magic.ts';
import { servedFile } from './server.ts';

const log = logger('download');

/** What is fetched, from where, and what it must be. */
export interface Fetching {
  readonly file: PublishedFile;
  readonly url: string;
  /** Whether `url` is where the authors publish it: then size and hash must be theirs. */
  readonly published: boolean;
  /** Hash that it must have, md5 or sha256 in hexadecimal digits. */
  readonly hash?: string | undefined;
  /** Bytes that are needed on the disk beside the file's own. */
  readonly alsoNeeded: number;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Download a file to `path`. What has come stands in `path.part` when the work is interrupted, and is gone on with while
 * the server has the same file.
 *
 * @throws {UserError} when the server fails, sends something else, or the disk is full.
 */
export async function fetchFile(path: string, fetching: Fetching): Promise<FileRecord> {
  const { file, url, published, patience, signal } = fetching;
  const partial = `${path}.part`;
  const expected = fetching.hash ?? file.md5;
  const mustMatch = published || fetching.hash !== undefined;
  try {
    const server = await servedFile({
      url,
      notes: `${partial}.json`,
      size: published ? file.size : undefined,
      patience,
      signal,
    });
    // Without a name of its version or a hash nobody could tell the bytes of two files apart.
    const canGoOn = server.isNamed || (server.size !== undefined && mustMatch && expected);
    if (!canGoOn) await rm(partial, { force: true });
    for (let round = 1; ; round++) {
      const resumed = await gather(partial, {
        name: basename(path),
        size: server.size,
        patience,
        signal,
        ask: (have) => server.ask(have),
        begin: (size, have) =>
          checkSpace(
            dirname(path),
            size - have + fetching.alsoNeeded,
            'free some space, or name a folder on another disk with --dir',
          ),
        look: (head) => checkHead(head, file.format, url),
        unreachable: (cause) => downloadFailed(url, cause),
      });
      const hashes = await hashFile(partial, signal);
      const { size } = await stat(partial);
      const problem = problemOf({ size, ...hashes }, file, expected, published);
      if (problem === undefined || !mustMatch) {
        if (problem !== undefined)
          log.warn(`'${url}' is not the file that its authors publish (${problem})`);
        await rename(partial, path);
        await server.forget();
        return { url, size, ...hashes, changedAt: (await stat(path)).mtimeMs };
      }
      await rm(partial, { force: true });
      await server.forget();
      // Old bytes of an interrupted download may be to blame: one more round, from the start.
      if (!resumed || round > 1) throw wrongContent(url, problem);
      log.warn(`'${url}': ${problem}; downloading it again`);
    }
  } catch (error) {
    // A part without bytes is no beginning of anything.
    const part = await stat(partial).catch(() => undefined);
    if (part?.size === 0)
      for (const left of [partial, `${partial}.json`]) await rm(left, { force: true });
    throw diskError(error, path);
  }
}

/** Hash a file by md5 and sha256; a gigabyte takes some seconds. */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ md5: string; sha256: string }> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20, signal })) {
    md5.update(piece);
    sha256.update(piece);
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}

/** Say in what a file differs from the one that is expected, or undefined. */
export function problemOf(
  found: { readonly size: number; readonly md5: string; readonly sha256: string },
  { size }: Pick<PublishedFile, 'size'>,
  expected: string | undefined,
  published: boolean,
): string | undefined {
  if (published && size !== undefined && found.size !== size)
    return `${found.size} bytes in place of ${size}`;
  if (expected === undefined) return undefined;
  const hash = expected.length === 64 ? found.sha256 : found.md5;
  return hash === expected.toLowerCase() ? undefined : `hash ${hash} in place of ${expected}`;
}

/** Refuse what is no hash. */
export function checkHash(hash: string): string {
  if (/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(hash)) return hash.toLowerCase();
  throw new UserError(`invalid hash: '${hash}'`, {
    hint: 'give an md5 (32 hexadecimal digits) or sha256 (64)',
  });
}
