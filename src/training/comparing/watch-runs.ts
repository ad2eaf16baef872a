// Runs while they train: what is new of them, told as it is written. Files are looked at again and again: no disk is too
// far away for that, and a file that was written anew is found like one that grew.
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stableJson } from '../../base/json.ts';
import { logger } from '../../base/log.ts';
import type { RunEntry, RunEvent } from '../../pages/run-page.ts';
import { type FoundRun, readRunEntries } from './find-runs.ts';
import { parseMetricLine } from './run-files.ts';

const log = logger('runs');

/** A run that is looked at. */
export interface WatchedRun extends FoundRun {
  readonly id: string;
}

/** How runs are watched. */
export interface WatchRunsOptions {
  /** Lists the runs that are there now: asked at every look, so that new ones are found. */
  readonly find: () => Promise<readonly WatchedRun[]>;
  /** Milliseconds from one look to the next. @default 1000 */
  readonly every?: number;
  readonly signal?: AbortSignal;
}

/** How far the metrics of a run were read, and what it was when it was looked at last. */
interface Place {
  entry: RunEntry;
  /** What run.json was: its number and its time. */
  record: string;
  /** The file of metrics; one that is written anew has another number. */
  metrics: number;
  /** Bytes of whole lines that were told. */
  read: number;
}

/** How many times as long as looking for runs takes it is left alone: a folder may hold a million images, too. */
const REST = 20;

/**
 * Tell what happens to runs until `signal` aborts: new ones, lines of metrics, changes of state, and runs that are gone.
 * What was there at the first look is not told: it ends with `ready`. Every run is looked at by the size and the time of two files; only what
 * was added is read.
 */
export async function* watchRuns({
  find,
  every = 1000,
  signal,
}: WatchRunsOptions): AsyncGenerator<RunEvent> {
  let places: Map<string, Place> | undefined;
  let found: readonly WatchedRun[] = [];
  let nextFind = 0;
  while (signal?.aborted !== true) {
    try {
      const began = performance.now();
      if (began >= nextFind) {
        found = await find();
        const ended = performance.now();
        nextFind = ended + REST * (ended - began);
      }
      const before: ReadonlyMap<string, Place> | undefined = places;
      const { now, events } = await look(found, before ?? new Map());
      places = now;
      if (before === undefined) yield { kind: 'ready' };
      else yield* events;
    } catch (error) {
      // A disk that does not answer now may do so later.
      log.debug('runs could not be looked at: {error}', { error });
    }
    await setTimeout(every, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  }
}

async function look(
  found: readonly WatchedRun[],
  before: ReadonlyMap<string, Place>,
): Promise<{ now: Map<string, Place>; events: RunEvent[] }> {
  const now = new Map<string, Place>();
  const events: RunEvent[] = [];
  for (const run of found) {
    const known = before.get(run.id);
    const { place, told } = known === undefined ? await meet(run) : await lookAgain(run, known);
    now.set(run.id, place);
    events.push(...told);
  }
  for (const id of before.keys()) if (!now.has(id)) events.push({ kind: 'gone', run: id });
  return { now, events };
}

interface Looked {
  readonly place: Place;
  readonly told: readonly RunEvent[];
}

async function meet(run: WatchedRun): Promise<Looked> {
  // The file first: what is written after that is told as lines, once more than not at all.
  const metrics = await stamp(join(run.folder, 'metrics.jsonl'));
  const place: Place = {
    record: (await stamp(join(run.folder, 'run.json'))).text,
    metrics: metrics.file,
    read: await lineEnd(join(run.folder, 'metrics.jsonl'), metrics.size),
    entry: await readOne(run),
  };
  return { place, told: [{ kind: 'run', run: place.entry }] };
}

async function lookAgain(run: WatchedRun, known: Place): Promise<Looked> {
  const told: RunEvent[] = [];
  const place = { ...known };
  const path = join(run.folder, 'metrics.jsonl');
  const metrics = await stamp(path);
  const isAnew = metrics.file !== known.metrics || metrics.size < known.read;
  if (isAnew) {
    // A run that goes on drops the lines of steps that will come again.
    place.metrics = metrics.file;
    place.read = await lineEnd(path, metrics.size);
    if (known.read > 0) told.push({ kind: 'restart', run: run.id });
  }
  if (!isAnew && metrics.size > known.read) {
    const { text, length } = await wholeLines(path, known.read);
    place.read = known.read + length;
    for (const line of text.split('\n')) {
      const parsed = parseMetricLine(line);
      if (parsed !== undefined) told.push({ kind: 'line', run: run.id, line: parsed });
    }
  }
  const record = (await stamp(join(run.folder, 'run.json'))).text;
  // A process that was killed changes no file: of runs that train, the lock is asked.
  if (record !== known.record || isAnew || known.entry.state === 'running') {
    place.record = record;
    place.entry = await readOne(run);
    const isOther = stableJson(about(place.entry)) !== stableJson(about(known.entry));
    if (isOther || isAnew) told.push({ kind: 'run', run: place.entry });
  }
  return { place, told };
}

/** What of a run is no number of its training: that is told by its lines. */
function about({ metrics: _, rows: __, ...rest }: RunEntry): object {
  return rest;
}

async function readOne(run: WatchedRun): Promise<RunEntry> {
  return (await readRunEntries([run]))[0]!;
}

/** The number, the size and the time of a file; of none, zeros. */
async function stamp(path: string): Promise<{ file: number; size: number; text: string }> {
  const found = await stat(path).catch(() => undefined);
  const { ino = 0, size = 0, mtimeMs = 0 } = found ?? {};
  return { file: ino, size, text: `${ino} ${size} ${mtimeMs}` };
}

/** More bytes than a line of metrics has. */
const LINE = 65_536;

/** The end of the last whole line among the first `size` bytes: a process may be writing the next one. */
async function lineEnd(path: string, size: number): Promise<number> {
  if (size === 0) return 0;
  const from = Math.max(0, size - LINE);
  return from + (await wholeLines(path, from)).length;
}

/** Read what follows byte `from` as far as the last line end. */
async function wholeLines(path: string, from: number): Promise<{ text: string; length: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const length = bytes.lastIndexOf(0x0a, bytesRead - 1) + 1;
    return { text: bytes.toString('utf8', 0, length), length };
  } finally {
    await file.close();
  }
}
