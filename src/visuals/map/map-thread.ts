// Laying out a map beside other work: it takes seconds, and is wanted last.
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../base/worker.ts';
import type { FeatureMap } from './feature-map.ts';

/** What the thread is born with: rows of length 1, float32 `[n, d]`. */
export interface MapInput {
  readonly unit: Float32Array;
  readonly d: number;
  readonly seed: number;
}

/** A map that is being laid out. */
export interface MapThread {
  /** Undefined for fewer than three rows. */
  readonly map: Promise<FeatureMap | undefined>;
  /** End the thread, whether it is done or not. */
  close(): Promise<void>;
}

/** Lay out a map in a thread of its own, as `layOutFeatures` does. The map may be awaited late: a failure waits, too. */
export function layOutBeside(input: MapInput, signal?: AbortSignal): MapThread {
  const worker = new Worker(workerUrl(import.meta.url, './map.worker'), {
    execArgv: [],
    workerData: input,
  });
  const map = new Promise<FeatureMap | undefined>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that lays out a map ended early')));
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal?.aborted) reject(signal.reason);
  });
  map.catch(() => undefined); // whoever awaits it is told
  return {
    map,
    async close() {
      await worker.terminate();
    },
  };
}
