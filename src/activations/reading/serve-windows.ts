// The worker's side of a pass: puts its share of a window's rows into place when it is told to.
import { parentPort } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import type { WindowWork } from './window-rows.ts';

/** What a worker answers for each window: that its share is in place, or why it is not. */
export type WindowAnswer =
  | 'done'
  | { readonly userError: { readonly message: string; readonly hint: string | undefined } };

/** Fill windows for the thread that started this one. */
export function serveWindows(fill: (work: WindowWork) => void): void {
  const port = parentPort!;
  const answer = (message: WindowAnswer): void => port.postMessage(message);
  port.on('message', (work: WindowWork) => {
    try {
      fill(work);
      answer('done');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      answer({ userError: { message: error.message, hint: error.hint } });
    }
  });
}
