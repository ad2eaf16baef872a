// Batches of one pass, read or drawn ahead by a worker thread so that whoever trains never waits for them.
import { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import { workerUrl } from '../../base/worker.ts';
import type { ActivationBatch, BatchOptions } from '../types.ts';
import { batchBuffers, sliceBatch } from './batch-filler.ts';
import type { PassMessage } from './serve-chunks.ts';

/** Small batches travel from the worker together, in arrays of about this many bytes. */
const CHUNK_BYTES = 2 ** 22;

/** Choose how many batches share one set of arrays on their way from the worker. */
export function batchesPerChunk(batchSize: number, rowBytes: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (batchSize * rowBytes)));
}

/** Which rows of a pass are wanted. */
interface PassRange {
  /** Rows to leave out at the start. */
  readonly skipRows: number;
  /** Rows of the pass, the skipped ones counted. */
  readonly endRow: number;
}

/** Locate the worker that reads shards. */
export function shardWorker(): URL {
  return workerUrl(import.meta.url, './pass.worker');
}

/**
 * Yield the batches of a pass, which the worker at `worker` makes of `input`. While the batches of one window are consumed, the worker reads the next: at most two
 * windows are in memory. Leaving the loop stops the worker.
 */
export async function* passBatches(
  worker: URL,
  input: PassRange,
  options: Pick<BatchOptions, 'batchSize' | 'reuse' | 'signal'>,
): AsyncGenerator<ActivationBatch, void> {
  const { batchSize, reuse = false, signal } = options;
  signal?.throwIfAborted();
  if (input.skipRows >= input.endRow) return;
  const thread = new Worker(worker, { workerData: input });
  const inbox = new Inbox(thread, signal);
  try {
    const done: ActivationBatch[] = [];
    inbox.ask(done);
    for (;;) {
      const chunks = await inbox.next();
      if (chunks.length === 0) return;
      // Taken off the list one by one, so that consumed rows can be freed.
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        if (chunks.length === 0) inbox.ask(done.splice(0));
        const isCut = chunk.exampleIndex.length > batchSize;
        for (const batch of isCut ? cut(chunk, batchSize) : [chunk]) {
          yield batch;
          signal?.throwIfAborted();
        }
        // A consumer may have moved the memory elsewhere; then it is not ours any more.
        if ((isCut || reuse) && chunk.acts.length > 0) done.push(chunk);
      }
    }
  } finally {
    inbox.close();
    await thread.terminate();
  }
}

/** Copy a chunk's rows into batches with arrays of their own. */
function* cut(chunk: ActivationBatch, batchSize: number): Generator<ActivationBatch, void> {
  const rows = chunk.exampleIndex.length;
  for (let start = 0; start < rows; start += batchSize) {
    yield sliceBatch(chunk, start, Math.min(start + batchSize, rows));
  }
}

/** The worker's answers, in order. */
class Inbox {
  readonly #worker: Worker;
  readonly #signal: AbortSignal | undefined;
  #arrived: ActivationBatch[] | undefined;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(worker: Worker, signal: AbortSignal | undefined) {
    this.#worker = worker;
    this.#signal = signal;
    worker.on('message', (message: PassMessage) => {
      if ('chunks' in message) this.#arrived = [...message.chunks];
      else this.#failure = new UserError(message.userError.message, message.userError);
      this.#wake?.();
    });
    worker.on('error', (error) => {
      this.#failure = error;
      this.#wake?.();
    });
    worker.on('exit', () => {
      this.#failure ??= new Error('the worker that reads activations ended early');
      this.#wake?.();
    });
    signal?.addEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#failure = this.#signal?.reason;
    this.#wake?.();
  };

  /** Ask for the next window, and give chunks back. */
  ask(returned: readonly ActivationBatch[]): void {
    this.#worker.postMessage(returned, batchBuffers(returned));
  }

  async next(): Promise<ActivationBatch[]> {
    for (;;) {
      const chunks = this.#arrived;
      if (chunks !== undefined) {
        this.#arrived = undefined;
        return chunks;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
