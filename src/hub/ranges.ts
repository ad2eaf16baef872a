// Reading parts of a file, on this disk or on the hub, as hyparquet wants to: `byteLength` and `slice`.
import { open, stat } from 'node:fs/promises';
import { readExactly } from '../base/http/body.ts';
import { pause, retryDelay } from '../base/http/patience.ts';
import { logger } from '../base/log.ts';
import { pathOfText } from '../base/system/file-names.ts';
import type { HubFileInfo } from './api.ts';
import { HubError, type HubSubject, refusal, unreachable } from './failures.ts';
import { hubRequest } from './request.ts';
import type { HubSettings } from './settings.ts';

const log = logger('hub');

/** Bytes by range; hyparquet's interface of this name. */
export interface AsyncBuffer {
  readonly byteLength: number;
  /** The bytes from `start` to before `end` (to the end when not given); negative positions count from the end. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** Read ranges of a local file. It is opened for each read, so nothing needs closing. */
export async function localBuffer(path: string): Promise<AsyncBuffer> {
  const { size } = await stat(pathOfText(path));
  return {
    byteLength: size,
    async slice(start, end) {
      const [from, to] = clamp(start, end, size);
      const bytes = new Uint8Array(to - from);
      const file = await open(pathOfText(path), 'r');
      try {
        for (let done = 0; done < bytes.byteLength; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, from + done);
          if (bytesRead === 0) throw new Error(`'${path}' became shorter while it was read`);
          done += bytesRead;
        }
      } finally {
        await file.close();
      }
      return bytes.buffer;
    },
  };
}

interface RemoteOptions {
  /** Ask the hub for the file's address again. */
  readonly ask: () => Promise<HubFileInfo>;
  readonly settings: HubSettings;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Read ranges of a file on the hub, one request a slice. The address behind the hub's redirect is used until it expires;
 * `ask` then gives a new one.
 * @throws {HubError} when the hub does not say how long the file is.
 */
export function remoteBuffer(
  subject: HubSubject,
  info: HubFileInfo,
  { ask, settings, signal }: RemoteOptions,
): AsyncBuffer {
  const { size } = info;
  if (size === undefined) {
    throw new HubError('answer', `hub does not say how long '${subject.path}' is`, {
      hint: `download '${subject.repo.name}' whole, then give its folder`,
    });
  }
  let { location } = info;
  const fetchRange = async (from: number, to: number): Promise<ArrayBuffer> => {
    for (let attempt = 1; ; attempt++) {
      const headers = { Range: `bytes=${from}-${to - 1}` };
      const response = await hubRequest(settings, location, { headers, signal });
      if (EXPIRED.has(response.status) && attempt === 1 && location !== info.url) {
        await response.body?.cancel();
        location = (await ask()).location;
        continue;
      }
      try {
        return await checkedBody(response, settings, subject, [from, to, size], signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof HubError) throw error;
        if (attempt >= settings.attempts) throw unreachable(settings, error);
        log.warn('bytes {from}-{to} of {path} broke off: {error}', {
          from,
          to,
          path: subject.path,
          error,
        });
        await pause(retryDelay(settings, attempt), signal);
      }
    }
  };
  return {
    byteLength: size,
    async slice(start, end) {
      const [from, to] = clamp(start, end, size);
      return from === to ? new ArrayBuffer(0) : fetchRange(from, to);
    },
  };
}

/** Answers of a content server to an address whose time is over. */
const EXPIRED = new Set([401, 403, 404, 410]);

async function checkedBody(
  response: Response,
  settings: HubSettings,
  subject: HubSubject,
  [from, to, size]: [number, number, number],
  signal: AbortSignal | undefined,
): Promise<ArrayBuffer> {
  if (!response.ok) {
    await response.body?.cancel();
    throw refusal(response, settings, subject);
  }
  const range = response.headers.get('Content-Range');
  if (response.status !== 206 || range !== `bytes ${from}-${to - 1}/${size}`) {
    await response.body?.cancel();
    throw new HubError(
      'answer',
      `invalid answer for bytes ${from}-${to - 1} of ${size} of '${subject.path}': status ${response.status}, range '${range}'`,
      { hint: 'the server must support range requests' },
    );
  }
  return readExactly(response, to - from, settings.stallTimeout, signal);
}

/** Positions as `ArrayBuffer.slice` understands them. */
function clamp(start: number, end: number | undefined, size: number): [number, number] {
  const at = (position: number): number =>
    Math.min(Math.max(position < 0 ? size + position : position, 0), size);
  const from = at(start);
  return [from, Math.max(from, at(end ?? size))];
}
