// Asking a server for the rest of a file, if it is still the file of which the beginning is here.
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../../base/files.ts';
import { continuesAt, type Part } from '../../../base/http/gather.ts';
import type { Patience } from '../../../base/http/patience.ts';
import { rawFetch } from '../../../base/http/raw-fetch.ts';
import { sendRequest } from '../../../base/http/request.ts';
import { logger } from '../../../base/log.ts';
import { downloadFailed, noArchive, refusedBy, wrongContent } from './failures.ts';

const log = logger('download');

const FileVersion = z.object({
  url: z.string(),
  size: z.int().min(0).optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
});

/** What a server says a file is just now. */
type FileVersion = z.output<typeof FileVersion>;

/** Where a file is, and what is known of it. */
interface Place {
  readonly url: string;
  /** Local file that says of which version the part on disk is. */
  readonly notes: string;
  /** Bytes that it must have; undefined: nobody says. */
  readonly size: number | undefined;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/** A file on a server, of the version that a part on disk belongs to. */
export interface ServedFile {
  /** Bytes, as the server said when the part was begun. */
  readonly size: number | undefined;
  /** Whether the server named its version by an ETag or a time of change. */
  readonly isNamed: boolean;
  /** Ask for the bytes from `have` on. @throws {UserError} when the server refuses, or has something else. */
  ask(have: number): Promise<Part>;
  /** Forget the version: the next part begins anew. */
  forget(): Promise<void>;
}

/** Recall the version that the part on disk is of; undefined where there is none of this address. */
export async function servedFile(place: Place): Promise<ServedFile> {
  let version = await readVersion(place);
  const forget = async (): Promise<void> => {
    version = undefined;
    await rm(place.notes, { force: true });
  };
  const { url, size: whole, patience, signal } = place;

  async function ask(have: number): Promise<Part> {
    const response = await sendRequest(url, {
      patience,
      signal,
      fetch: rawFetch,
      headers: have === 0 ? {} : { Range: `bytes=${have}-`, ...ifStill(version) },
      unreachable: (cause) => downloadFailed(url, cause),
    });
    const { status } = response;
    const end = async <T>(result: T): Promise<T> => {
      await response.body?.cancel();
      return result;
    };
    if (status === 416 && have > 0) {
      const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
      // All of it is here already.
      if (Number(total) === have) return end({ response: undefined, from: have, size: have });
      await forget();
      return end({ response: undefined, from: 0, size: undefined });
    }
    if (!response.ok) throw await end(refusedBy(url, response));
    const now = versionOf(response, url);
    if (status === 206 && have > 0 && continuesAt(response, have)) {
      if (isSame(version, now)) return { response, from: have, size: now.size ?? version?.size };
      log.warn(`'${url}' has changed since the download began; it begins anew`);
      await forget();
      return end({ response: undefined, from: 0, size: undefined });
    }
    if (status !== 200)
      throw await end(wrongContent(url, `an answer of status ${status} that was not asked for`));
    if (/^text\/html/i.test(response.headers.get('Content-Type') ?? ''))
      throw await end(noArchive(url, 'a web page is'));
    if (whole !== undefined && now.size !== undefined && now.size !== whole)
      throw await end(wrongContent(url, `${now.size} bytes announced in place of ${whole}`));
    version = now;
    await writeJsonAtomic(place.notes, now);
    return { response, from: 0, size: now.size };
  }

  return {
    get size() {
      return version?.size;
    },
    get isNamed() {
      return version?.etag !== undefined || version?.lastModified !== undefined;
    },
    ask,
    forget,
  };
}

async function readVersion({ notes, url }: Place): Promise<FileVersion | undefined> {
  if ((await kindOfPath(notes)) === 'nothing') return undefined;
  try {
    const version = FileVersion.parse(await readJson(notes, 'notes of a download'));
    return version.url === url ? version : undefined;
  } catch (error) {
    if (error instanceof UserError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** The header that asks for the whole file if it has changed. Weak tags do not vouch for bytes. */
function ifStill(version: FileVersion | undefined): Record<string, string> {
  const { etag, lastModified } = version ?? {};
  const named = etag === undefined || etag.startsWith('W/') ? lastModified : etag;
  return named === undefined ? {} : { 'If-Range': named };
}

function versionOf({ status, headers }: Response, url: string): FileVersion {
  const said =
    status === 206
      ? /\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1]
      : headers.get('Content-Length');
  const size = Number(said ?? Number.NaN);
  const etag = headers.get('ETag');
  const lastModified = headers.get('Last-Modified');
  return {
    url,
    ...(Number.isSafeInteger(size) && { size }),
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
  };
}

function isSame(before: FileVersion | undefined, now: FileVersion): boolean {
  if (before === undefined) return false;
  return (['etag', 'lastModified', 'size'] as const).every(
    (key) => before[key] === undefined || now[key] === undefined || before[key] === now[key],
  );
}
