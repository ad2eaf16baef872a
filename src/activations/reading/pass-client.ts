// Batches of one pass, read or drawn ahead by worker threads so that whoever trains never waits for them.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import { workerUrl } from '../../base/worker.ts';
import type { ActivationBatch, BatchOptions } from '../types.ts';
import { newBatch, sliceBatch } from './batch-filler.ts';
import type { WindowAnswer } from './serve-windows.ts';
import type { Share, WindowWork } from './window-rows.ts';

/** Small batches share arrays of about this many bytes. */
const CHUNK_BYTES = 2 ** 22;
/** Bytes of rows for which a further thread is worth its start. */
const THREAD_BYTES = 2 ** 26;
/** Threads that make rows, at most. */
const MOST_THREADS = 2;

/** Choose how many batches share one set of arrays. */
export function batchesPerChunk(batchSize: number, rowBytes: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (batchSize * rowBytes)));
}

/** Choose how many threads make rows of so many bytes in all. */
export function threadsFor(bytes: number): number {
  const wanted = Math.min(MOST_THREADS, availableParallelism(), Math.floor(bytes / THREAD_BYTES));
  return Math.max(1, wanted);
}

/** Which rows a pass consists of, and what they need. */
export interface PassShape {
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  /** Rows to leave out at the start. */
  readonly skipRows: number;
  /** Rows of the pass, the skipped ones counted. */
  readonly endRow: number;
  /** Runs of rows that are made together, in order. */
  readonly windows: Iterable<{ readonly start: number; readonly rows: number }>;
  /** Rows in one chunk: a set of arrays, of one batch or of several. */
  readonly chunkRows: number;
  readonly threads: number;
}

/** What a worker needs to know: what its pass needs, and which share of it is its own. */
export interface WorkerInput<Input> {
  readonly input: Input;
  readonly share: Share;
}

/** Locate the worker that reads shards. */
export function shardWorker(): URL {
  return workerUrl(import.meta.url, './pass.worker');
}

/**
 * Yield the batches of a pass, which workers at `worker` make of `input`, each its share of a window. While the batches of
 * one window are consumed, the next is made: at most two windows are in memory. Leaving the loop stops the workers.
 */
export async function* passBatches(
  worker: { readonly url: URL; readonly input: unknown },
  shape: PassShape,
  options: Pick<BatchOptions, 'batchSize' | 'reuse' | 'signal'>,
): AsyncGenerator<ActivationBatch, void> {
  const { batchSize, reuse = false, signal } = options;
  signal?.throwIfAborted();
  if (shape.skipRows >= shape.endRow) return;
  const team = new Team(worker, shape.threads, signal);
  const memory = new ChunkMemory(shape);
  try {
    let next = team.fill(memory.nextWindow());
    for (;;) {
      const filled = await next;
      if (filled === undefined) return;
      next = team.fill(memory.nextWindow());
      // Its failure is told when it is its turn.
      next.catch(() => undefined);
      for (const chunk of memory.takeBefore(filled.end)) {
        const rows = chunk.exampleIndex.length;
        for (let start = 0; start < rows; start += batchSize) {
          yield sliceBatch(chunk, start, Math.min(start + batchSize, rows), { inPlace: reuse });
          signal?.throwIfAborted();
        }
        memory.giveBack(chunk);
      }
    }
  } finally {
    await team.close();
  }
}

/** The chunks of a pass: made as windows need them, and used again. */
class ChunkMemory {
  readonly #shape: PassShape;
  readonly #chunks = new Map<number, ActivationBatch>();
  readonly #spare: ActivationBatch[] = [];
  readonly #windows: Iterator<{ readonly start: number; readonly rows: number }>;
  #nWindows = 0;
  /** Number of the first chunk that was not taken. */
  #taken = 0;

  constructor(shape: PassShape) {
    this.#shape = shape;
    this.#windows = shape.windows[Symbol.iterator]();
  }

  /** The next window of which rows are wanted; undefined when there is none. */
  nextWindow(): WindowWork | undefined {
    const { skipRows, endRow, chunkRows } = this.#shape;
    for (;;) {
      const next = this.#windows.next();
      if (next.done === true) return undefined;
      const index = this.#nWindows++;
      const from = Math.max(next.value.start, skipRows);
      const end = Math.min(next.value.start + next.value.rows, endRow);
      if (from >= end) continue;
      const firstChunk = Math.floor((from - skipRows) / chunkRows);
      const endChunk = Math.ceil((end - skipRows) / chunkRows);
      const chunks: ActivationBatch[] = [];
      for (let number = firstChunk; number < endChunk; number++) chunks.push(this.#at(number));
      const first = skipRows + firstChunk * chunkRows;
      return { index, from, end, first, chunkRows, chunks };
    }
  }

  /** Take one by one, so that consumed rows can be freed, the chunks of which every row stands before row `end`. */
  *takeBefore(end: number): Generator<ActivationBatch, void> {
    const { skipRows, endRow, chunkRows } = this.#shape;
    const isWhole = (): boolean =>
      Math.min(skipRows + (this.#taken + 1) * chunkRows, endRow) <= end &&
      this.#chunks.has(this.#taken);
    for (; isWhole(); this.#taken++) {
      const chunk = this.#chunks.get(this.#taken)!;
      this.#chunks.delete(this.#taken);
      yield chunk;
    }
  }

  giveBack(chunk: ActivationBatch): void {
    if (chunk.exampleIndex.length === this.#shape.chunkRows) this.#spare.push(chunk);
  }

  #at(number: number): ActivationBatch {
    const { skipRows, endRow, chunkRows } = this.#shape;
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      const rows = Math.min(chunkRows, endRow - skipRows - number * chunkRows);
      const spare = rows === chunkRows ? this.#spare.pop() : undefined;
      chunk = spare ?? newBatch(rows, this.#shape, { shared: true });
      this.#chunks.set(number, chunk);
    }
    return chunk;
  }
}

/** Workers that fill one window at a time together. */
class Team {
  readonly #workers: readonly Worker[];
  readonly #signal: AbortSignal | undefined;
  #left = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(
    { url, input }: { url: URL; input: unknown },
    parts: number,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal;
    this.#workers = Array.from({ length: parts }, (_, part) => {
      const workerData: WorkerInput<unknown> = { input, share: { part, parts } };
      return this.#listen(new Worker(url, { workerData }));
    });
    signal?.addEventListener('abort', this.#onAbort);
  }

  #listen(worker: Worker): Worker {
    worker.on('message', (answer: WindowAnswer) => {
      if (answer === 'done') this.#left--;
      else this.#failure ??= new UserError(answer.userError.message, answer.userError);
      this.#wake?.();
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('a worker that makes activations ended early')));
    return worker;
  }

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** Have every worker make its share of a window; gives the window when all have. */
  async fill(work: WindowWork | undefined): Promise<WindowWork | undefined> {
    if (work === undefined) return undefined;
    this.#left = this.#workers.length;
    for (const worker of this.#workers) worker.postMessage(work);
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#left === 0) return work;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const worker of this.#workers) worker.removeAllListeners();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
