// Downloading one blob: on from where an earlier try stopped, checked against the hub's hash, renamed into place when whole.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../base/errors.ts';
import { diskError } from '../base/files.ts';
import { makeFolder } from '../base/folders.ts';
import { logger } from '../base/log.ts';
import { startProgress } from '../base/progress.ts';
import { bytes } from '../base/text.ts';
import type { HubFileInfo } from './api.ts';
import { readPiece } from './body.ts';
import type { CachedFile } from './cache-paths.ts';
import { HubError, type HubSubject, refusal, unreachable } from './failures.ts';
import { hubRequest, pause, retryDelay } from './request.ts';
import type { HubSettings } from './settings.ts';

const log = logger('hub');

type BlobInfo = Pick<HubFileInfo, 'url' | 'etag' | 'size'>;

/** Files below this size come without a progress line. */
const SHOW_PROGRESS_FROM = 20e6;

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
async function download(
  settings: HubSettings,
  subject: HubSubject,
  blob: BlobInfo,
  partial: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const file = await open(partial, 'a');
  try {
    let have = (await file.stat()).size;
    if (blob.size !== undefined && have > blob.size) have = await restart(file);
    const resumed = have > 0;
    await checkSpace(partial, blob, have);
    const progress =
      (blob.size ?? 0) < SHOW_PROGRESS_FROM
        ? undefined
        : startProgress(`download ${subject.path}`, {
            total: blob.size! / 1e6,
            done: have / 1e6,
            unit: 'MB',
          });
    try {
      let furthest = have;
      for (let failures = 0; blob.size === undefined || have < blob.size; ) {
        const response = await request(settings, subject, blob, have, signal);
        if (response.status === 416 || !continuesAt(response, have)) have = await restart(file);
        const { written, failure } =
          response.status === 416
            ? { written: 0, failure: new Error('the range is refused') }
            : await append(settings, file, response, blob, have, signal, (bytes) =>
                progress?.tick(bytes / 1e6),
              );
        have += written;
        if (failure === undefined && (blob.size === undefined || have >= blob.size)) break;
        // Only bytes that no earlier try had reached count as progress: a server that always breaks off ends the loop.
        failures = have > furthest ? 1 : failures + 1;
        furthest = Math.max(furthest, have);
        const cause = failure ?? new Error(`the answer ended after ${have} of ${blob.size} bytes`);
        if (failures >= settings.attempts) throw unreachable(settings, cause);
        log.warn('{path} broke off after {have} bytes, going on: {cause}', {
          path: subject.path,
          have,
          cause,
        });
        await pause(retryDelay(settings, failures), signal);
      }
      await file.sync();
    } finally {
      progress?.end();
    }
    return resumed;
  } finally {
    await file.close();
  }
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

/** Append the body to the file. A broken connection is returned as `failure`: what was written stays. */
async function append(
  settings: HubSettings,
  file: FileHandle,
  response: Response,
  blob: BlobInfo,
  have: number,
  signal: AbortSignal | undefined,
  onBytes: (n: number) => void,
): Promise<{ written: number; failure?: unknown }> {
  let written = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return { written };
  try {
    for (;;) {
      const piece = await readPiece(reader, settings.stallTimeout, signal);
      if (piece instanceof Error) return { written, failure: piece };
      if (piece === undefined) return { written };
      if (blob.size !== undefined && have + written + piece.byteLength > blob.size) {
        return { written, failure: new Error(`more than the ${blob.size} bytes announced`) };
      }
      for (let at = 0; at < piece.byteLength; ) {
        at += (await file.write(piece, at)).bytesWritten;
      }
      written += piece.byteLength;
      onBytes(piece.byteLength);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether the body begins at byte `have`: a server may ignore the range and send everything. */
function continuesAt(response: Response, have: number): boolean {
  if (have === 0) return true;
  const range = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '');
  return response.status === 206 && Number(range?.[1]) === have;
}

async function restart(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}

async function checkSpace(partial: string, { size }: BlobInfo, have: number): Promise<void> {
  if (size === undefined) return;
  const disk = await statfs(dirname(partial)).catch(() => undefined);
  const free = disk === undefined ? Number.POSITIVE_INFINITY : disk.bavail * disk.bsize;
  if (size - have <= free) return;
  throw new UserError(
    `cannot write '${dirname(partial)}': ${bytes(size - have)} needed, ${bytes(free)} free`,
    { hint: 'free some space, or move the cache with HF_HOME' },
  );
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
