// Sessions of onnxruntime, each in a worker thread of its own: a run blocks the thread that makes it, and here that
// is never the caller's.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import { workerUrl } from '../../base/worker.ts';
import { createGate, type GateState, shut } from './gate.ts';
import { switchOffTelemetry } from './telemetry.ts';

/** A tensor that goes to a session or comes back: float32, int64, int32, or uint8 by its array. */
export interface OnnxTensor {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

export interface SessionOptions {
  /** Folder of the files that the model's weights lie in, without symbolic links. */
  weightsFolder?: string;
  /** Threads of one operator; the number of cores by default. */
  threads?: number;
  /** Gives up opening the session. */
  signal?: AbortSignal;
}

interface RunSessionOptions {
  /** Gives up waiting; the run under way ends unseen, and the session stays usable. */
  signal?: AbortSignal;
  /** Hand the buffers of the fed arrays over instead of copying them: they are empty afterwards. */
  transfer?: boolean;
}

/** A model that is ready to run. */
export interface Session {
  /** Feed every input by name and get every output. Calls are served one after the other. */
  run(
    feeds: ReadonlyMap<string, OnnxTensor>,
    options?: RunSessionOptions,
  ): Promise<Map<string, OnnxTensor>>;
  /** Reject the runs that wait and end the worker, as soon as it is done with the one under way. */
  close(): Promise<void>;
}

/** Load a model: {@link openSession}, or what does so elsewhere, as in a browser. */
export type OpenSession = (model: Uint8Array, options?: SessionOptions) => Promise<Session>;

/** What a worker is born with. */
export interface WorkerData {
  readonly gate: GateState;
}

/** What goes to the worker; it answers each request by its number. */
export type Request =
  | {
      readonly id: number;
      readonly kind: 'open';
      readonly model: Uint8Array;
      readonly options: WorkerOptions;
    }
  | { readonly id: number; readonly kind: 'run'; readonly feeds: ReadonlyMap<string, OnnxTensor> };

export interface WorkerOptions {
  readonly threads: number;
  readonly weightsFolder: string | undefined;
}

export type Answer =
  | { readonly id: number; readonly outputs: ReadonlyMap<string, OnnxTensor> }
  | { readonly id: number; readonly error: string };

interface Waiting {
  resolve(outputs: Map<string, OnnxTensor>): void;
  reject(reason: unknown): void;
}

/**
 * Load an ONNX model into a worker.
 *
 * @throws {AbortError} when `signal` fires first.
 */
export async function openSession(
  model: Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const { weightsFolder, threads = availableParallelism(), signal } = options;
  signal?.throwIfAborted();
  await switchOffTelemetry();
  const url = workerUrl(import.meta.url, './session.worker');
  const gate = createGate();
  // Flags such as --input-type of a program typed at the prompt do not fit a worker's file.
  const worker = new Worker(url, { execArgv: [], workerData: { gate } satisfies WorkerData });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let ended: Error | undefined;

  const settle = (id: number): Waiting | undefined => {
    const entry = waiting.get(id);
    waiting.delete(id);
    // An idle session must not keep the process alive.
    if (waiting.size === 0) worker.unref();
    return entry;
  };
  const end = (reason: Error): void => {
    ended ??= reason;
    for (const id of [...waiting.keys()]) settle(id)?.reject(ended);
  };
  worker.on('message', (answer: Answer) => {
    const entry = settle(answer.id);
    if ('error' in answer) entry?.reject(sessionError(answer.error));
    else entry?.resolve(new Map(answer.outputs));
  });
  worker.on('error', (cause) => end(sessionError(cause.message)));
  worker.on('exit', () => end(new Error('the onnxruntime worker has ended')));

  const ask = (
    request: Request,
    transfer: ArrayBuffer[],
    stop?: AbortSignal,
  ): Promise<Map<string, OnnxTensor>> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      if (stop?.aborted) return reject(stop.reason);
      const onAbort = (): void => settle(request.id)?.reject(stop?.reason);
      const release = (): void => stop?.removeEventListener('abort', onAbort);
      stop?.addEventListener('abort', onAbort, { once: true });
      waiting.set(request.id, {
        resolve: (outputs) => {
          release();
          resolve(outputs);
        },
        reject: (reason) => {
          release();
          reject(reason);
        },
      });
      worker.ref();
      worker.postMessage(request, transfer);
    });

  const session: Session = {
    run(feeds, { signal: stop, transfer = false } = {}) {
      const buffers = transfer ? [...feeds.values()].map(({ data }) => data.buffer) : [];
      const request: Request = { id: count++, kind: 'run', feeds };
      return ask(request, [...new Set(buffers)] as ArrayBuffer[], stop);
    },
    async close() {
      end(new Error('the session is closed'));
      await shut(gate);
      await worker.terminate();
    },
  };
  try {
    const request: Request = {
      id: count++,
      kind: 'open',
      model,
      options: { threads, weightsFolder },
    };
    await ask(request, [], signal);
    return session;
  } catch (error) {
    // A model that is still being loaded is not waited for.
    void session.close();
    throw error;
  }
}

/** Say what onnxruntime could not do; running out of memory is for the person to mend. */
function sessionError(message: string): Error {
  if (/bad_alloc|failed to allocate memory|out of memory/i.test(message)) {
    return new UserError('not enough memory to run the model', {
      hint: 'use a smaller batch or a smaller model',
      cause: new Error(message),
    });
  }
  return new Error(`onnxruntime: ${message}`);
}
