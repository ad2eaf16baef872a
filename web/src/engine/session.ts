// Sessions of onnxruntime in the browser: the graphs of the library, run by WebAssembly in the thread that asks.
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import type { OnnxTensor, OpenSession, Session } from '../../../src/compute/onnx/session.ts';

/** Say where onnxruntime's own files lie, and on how many threads it may run. */
export function prepareOnnx(base: string, threads: number): void {
  env.wasm.wasmPaths = {
    mjs: `${base}ort-wasm-simd-threaded.mjs`,
    wasm: `${base}ort-wasm-simd-threaded.wasm`,
  };
  env.wasm.numThreads = threads;
  env.logLevel = 'error';
}

/** Runs of all sessions, one after the other: they share one memory. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** Give what opens graphs whose weights are ranges of `file`, which is in memory. */
export function sessionsOver(file: string, bytes: Uint8Array): OpenSession {
  return async (model, { signal } = {}) => {
    signal?.throwIfAborted();
    const loaded = await inTurn(() =>
      InferenceSession.create(model, {
        executionProviders: ['wasm'],
        externalData: [{ path: file, data: bytes }],
        logSeverityLevel: 3,
      }),
    );
    return sessionOf(loaded);
  };
}

function sessionOf(loaded: InferenceSession): Session {
  return {
    run: (feeds, { signal } = {}) =>
      inTurn(async () => {
        signal?.throwIfAborted();
        const inputs = Object.fromEntries(
          [...feeds].map(([name, { data, shape }]) => [
            name,
            new Tensor(typeOf(data), data as never, shape),
          ]),
        );
        const results = await loaded.run(inputs);
        return new Map(
          Object.entries(results).map(([name, { data, dims }]): [string, OnnxTensor] => [
            name,
            { data: data as OnnxTensor['data'], shape: dims },
          ]),
        );
      }),
    close: () => inTurn(() => loaded.release()),
  };
}

function typeOf(data: OnnxTensor['data']): 'float32' | 'int64' | 'int32' | 'uint8' {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}
