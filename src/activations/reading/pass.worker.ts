// Worker thread of a pass: sends a window's chunks when asked for them, and reads the next window meanwhile. Each
// question brings chunks back that are done with.
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import type { ActivationBatch } from '../types.ts';
import { batchBuffers } from './batch-filler.ts';
import { type PassInput, readPass } from './pass.ts';

/** What the worker sends for each window it is asked for; no chunks: the pass is over. */
export type PassMessage =
  | { readonly chunks: readonly ActivationBatch[] }
  | { readonly userError: { readonly message: string; readonly hint: string | undefined } };

const port = parentPort!;
/** Chunks that came back to be used again. */
const spare: ActivationBatch[] = [];
const windows = readPass(workerData as PassInput, spare);
let asked = 0;
let waiting: (() => void) | undefined;

port.on('message', (returned: readonly ActivationBatch[]) => {
  spare.push(...returned);
  asked++;
  waiting?.();
});

async function run(): Promise<void> {
  for (const chunks of windows) {
    if (chunks.length === 0) continue;
    await credit();
    send({ chunks }, batchBuffers(chunks));
  }
  await credit();
  send({ chunks: [] }, []);
}

async function credit(): Promise<void> {
  if (asked === 0) {
    await new Promise<void>((resolve) => {
      waiting = resolve;
    });
    waiting = undefined;
  }
  asked--;
}

function send(message: PassMessage, transfer: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

run().then(
  () => port.close(),
  (error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    send({ userError: { message: error.message, hint: error.hint } }, []);
    port.close();
  },
);
