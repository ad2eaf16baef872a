// The worker's side of a pass: sends a window's chunks when asked for them, and makes the next window meanwhile. Each
// question brings chunks back that are done with.
import { parentPort } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import type { ActivationBatch } from '../types.ts';
import { batchBuffers } from './batch-filler.ts';

/** What the worker sends for each window it is asked for; no chunks: the pass is over. */
export type PassMessage =
  | { readonly chunks: readonly ActivationBatch[] }
  | { readonly userError: { readonly message: string; readonly hint: string | undefined } };

/** Serve windows of chunks to the thread that started this one; chunks that come back are put into `spare`. */
export function serveChunks(
  windows: Iterable<readonly ActivationBatch[]>,
  spare: ActivationBatch[],
): void {
  const port = parentPort!;
  let asked = 0;
  let waiting: (() => void) | undefined;

  port.on('message', (returned: readonly ActivationBatch[]) => {
    spare.push(...returned);
    asked++;
    waiting?.();
  });

  const credit = async (): Promise<void> => {
    if (asked === 0) {
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
      waiting = undefined;
    }
    asked--;
  };

  const send = (message: PassMessage, transfer: ArrayBuffer[]): void => {
    port.postMessage(message, transfer);
  };

  const run = async (): Promise<void> => {
    for (const chunks of windows) {
      if (chunks.length === 0) continue;
      await credit();
      send({ chunks }, batchBuffers(chunks));
    }
    await credit();
    send({ chunks: [] }, []);
  };

  run().then(
    () => port.close(),
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      send({ userError: { message: error.message, hint: error.hint } }, []);
      port.close();
    },
  );
}
