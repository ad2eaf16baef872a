// How long an answer is waited for, and how often a request that failed is sent again.
import { setTimeout as sleep } from 'node:timers/promises';

/** How patient to be with a server. */
export interface Patience {
  /** Milliseconds to wait for the head of an answer. */
  readonly answerTimeout: number;
  /** Milliseconds to wait for the next bytes of a body. */
  readonly stallTimeout: number;
  /** Tries of a request before it counts as failed. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly retryDelay: number;
}

/** Milliseconds to wait after the given failed try: doubling, at most 8 s. */
export function retryDelay(patience: Patience, attempt: number): number {
  return Math.min(patience.retryDelay * 2 ** (attempt - 1), 8000);
}

/** Sleep, or throw the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}
