// Bytes of a file from a server, gathered in a partial file that is gone on with after a break, by this process or the next.
import { type FileHandle, open } from 'node:fs/promises';
import { logger } from '../log.ts';
import { type Progress, startProgress } from '../progress.ts';
import { readPiece } from './body.ts';
import { type Patience, pause, retryDelay } from './patience.ts';

const log = logger('http');

/** Files below this size come without a progress line. */
const SHOW_PROGRESS_FROM = 20e6;

/** An answer to "the bytes from `have` on". */
export interface Part {
  /** Undefined where there is no body: the server refuses to begin there. */
  readonly response: Response | undefined;
  /** Where the body begins: at `have`, or at 0 where the server sends everything or the file has changed. */
  readonly from: number;
  /** Length of the whole file in bytes; undefined while nobody says. */
  readonly size: number | undefined;
}

/** What is gathered, and from whom. */
export interface Gathering {
  /** Name of the file for people. */
  readonly name: string;
  /** Length in bytes, where it is known before anything is asked. */
  readonly size?: number | undefined;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Ask for the bytes from `have` on. */
  readonly ask: (have: number) => Promise<Part>;
  /** Called before bytes are written, once their number is known: the place to refuse what will not fit. */
  readonly begin?: (size: number, have: number) => Promise<void>;
  /** Called with the first bytes of the file, before they are written: the place to refuse what is no such file. */
  readonly look?: (head: Uint8Array) => void;
  /** The error for a server that always breaks off. */
  readonly unreachable: (cause: unknown) => Error;
}

/**
 * Bring the file `partial` to its full length, from where it stands. It stays, with what has come, when the work is
 * interrupted.
 *
 * @returns whether it held bytes from before.
 * @throws what `ask`, `begin`, `look` and `unreachable` make; the signal's reason when aborted.
 */
export async function gather(partial: string, gathering: Gathering): Promise<boolean> {
  const { name, patience, signal, ask, begin } = gathering;
  const file = await open(partial, 'a');
  let progress: Progress | undefined;
  try {
    let { size } = gathering;
    let have = (await file.stat()).size;
    if (size !== undefined && have > size) have = await restart(file);
    let resumed = have > 0;
    let begun = false;
    const beginOnce = async (): Promise<void> => {
      if (begun || size === undefined) return;
      begun = true;
      await begin?.(size, have);
    };
    await beginOnce();
    let furthest = have;
    for (let failures = 0; size === undefined || have < size; ) {
      const part = await ask(have);
      if (part.from !== have) {
        have = await restart(file);
        resumed = false;
        progress?.end();
        progress = undefined;
      }
      size = part.size;
      await beginOnce();
      if (part.response !== undefined) progress ??= progressOf(name, size, have);
      const { written, failure } =
        part.response === undefined
          ? { written: 0, failure: new Error('the range is refused') }
          : await append(file, part.response, { ...gathering, size }, have, progress);
      have += written;
      if (failure === undefined && (size === undefined || have >= size)) break;
      if (size !== undefined && have >= size) break;
      // Only bytes that no earlier try had reached count as progress: a server that always breaks off ends the loop.
      failures = have > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, have);
      const cause = failure ?? new Error(`the answer ended after ${have} of ${size} bytes`);
      if (failures >= patience.attempts) throw gathering.unreachable(cause);
      log.warn('{name} broke off after {have} bytes, going on: {cause}', { name, have, cause });
      await pause(retryDelay(patience, failures), signal);
    }
    await file.sync();
    return resumed;
  } finally {
    progress?.end();
    await file.close();
  }
}

/** Whether the body begins at byte `have`: a server may ignore the range and send everything. */
export function continuesAt(response: Response, have: number): boolean {
  if (have === 0) return true;
  const range = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '');
  return response.status === 206 && Number(range?.[1]) === have;
}

function progressOf(name: string, size: number | undefined, have: number): Progress | undefined {
  if (size !== undefined && size < SHOW_PROGRESS_FROM) return undefined;
  return startProgress(`download ${name}`, {
    ...(size !== undefined && { total: size / 1e6 }),
    done: have / 1e6,
    unit: 'MB',
  });
}

/** Append the body to the file. A broken connection is returned as `failure`: what was written stays. */
async function append(
  file: FileHandle,
  response: Response,
  { size, patience, signal, look }: Pick<Gathering, 'size' | 'patience' | 'signal' | 'look'>,
  have: number,
  progress: Progress | undefined,
): Promise<{ written: number; failure?: unknown }> {
  let written = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return { written };
  try {
    for (;;) {
      const piece = await readPiece(reader, patience.stallTimeout, signal);
      if (piece instanceof Error) return { written, failure: piece };
      if (piece === undefined) return { written };
      if (size !== undefined && have + written + piece.byteLength > size) {
        return { written, failure: new Error(`more than the ${size} bytes announced`) };
      }
      if (have + written === 0) look?.(piece);
      for (let at = 0; at < piece.byteLength; ) {
        at += (await file.write(piece, at)).bytesWritten;
      }
      written += piece.byteLength;
      progress?.tick(piece.byteLength / 1e6);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function restart(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}
