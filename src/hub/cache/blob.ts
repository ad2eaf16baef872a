// Downloading one blob: on from where an earlier try stopped, checked against the hub's hash, renamed into place when whole.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { continuesAt, gather } from '../../base/http/gather.ts';
import { logger } from '../../base/log.ts';
import { checkSpace } from '../../base/system/disk-space.ts';
import type { HubFileInfo } from '../api.ts';
import { HubError, type HubSubject, refusal, unreachable } from '../failures.ts';
import { hubRequest } from '../request.ts';
import type { HubSettings } from '../settings.ts';
import type { CachedFile } from './cache-paths.ts';

const log = logger('hub');

type BlobInfo = Pick<HubFileInfo, 'url' | 'etag' | 'size'>;

/**
 * Download the content of a file to its place in the cache. The bytes gather in `<blob>.saev.incomplete`, which stays when
 * the work is interrupted and is continued by the next call.
 * @throws {UserError} when the hub fails, the disk is full or the hash is wrong.
 */
export async function downloadBlob(
  subject: CachedFile,
  blob: HubFileInfo,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<void> {
  const target = subject.blobPath(blob.etag);
  const partial = `${target}.saev.incomplete`;
  try {
    await makeFolder(dirname(target));
    for (let round = 1; ; round++) {
      const resumed = await download(settings, subject, blob, partial, signal);
      const problem = await differs(partial, blob, signal);
      if (problem === undefined) break;
      await rm(partial, { force: true });
      // Old bytes of an interrupted download may be to blame: one more round, from the start.
      if (!resumed || round > 1) throw wrongContent(subject, problem);
      log.warn('{path}: {problem}; downloading it again', { path: subject.path, problem });
    }
    await rename(partial, target);
  } catch (error) {
    throw diskError(error, target);
  }
}

/** Bring `partial` to its full length; tells whether it held bytes from before. */
function download(
  settings: HubSettings,
  subject: HubSubject,
  blob: BlobInfo,
  partial: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { size } = blob;
  return gather(partial, {
    name: subject.path ?? subject.repo.name,
    size,
    patience: settings,
    signal,
    async ask(have) {
      const response = await request(settings, subject, blob, have, signal);
      if (response.status === 416) return { response: undefined, from: 0, size };
      return { response, from: continuesAt(response, have) ? have : 0, size };
    },
    begin: (whole, have) =>
      checkSpace(dirname(partial), whole - have, 'free some space, or move the cache with HF_HOME'),
    unreachable: (cause) => unreachable(settings, cause),
  });
}

async function request(
  settings: HubSettings,
  subject: HubSubject,
  blob: BlobInfo,
  from: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const headers = from > 0 ? { Range: `bytes=${from}-` } : undefined;
  const response = await hubRequest(settings, blob.url, { headers, signal });
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  throw refusal(response, settings, subject);
}

/** Compare the file on disk with the hash in the etag; says what is wrong, or undefined. */
async function differs(
  path: string,
  { etag, size }: BlobInfo,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const length = (await stat(path)).size;
  if (size !== undefined && length !== size) return `${length} bytes in place of ${size}`;
  const sha256 = /^[0-9a-f]{64}$/.test(etag);
  if (!sha256 && !/^[0-9a-f]{40}$/.test(etag)) return undefined;
  // Git hashes a blob behind a header; some mirrors give the sha1 of the bytes alone.
  const hashes = sha256
    ? [createHash('sha256')]
    : [createHash('sha1').update(`blob ${length}\0`), createHash('sha1')];
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20, signal })) {
    for (const hash of hashes) hash.update(piece);
  }
  const found = hashes.map((hash) => hash.digest('hex'));
  return found.includes(etag) ? undefined : `hash ${found[0]} in place of ${etag}`;
}

function wrongContent({ repo, path }: HubSubject, problem: string): HubError {
  return new HubError(
    'answer',
    `wrong content of '${path}' from hub repo '${repo.name}': ${problem}`,
    {
      hint: 'nothing was kept; try again, and check HF_ENDPOINT and any proxy between',
    },
  );
}
