// Work that is given up when its time is over or nobody waits for it any more.
import { number } from '../../base/text.ts';
import { Refusal } from './refusal.ts';

/**
 * Do `work`, which should end when its signal is aborted; whoever waits is answered then even where it does not.
 * @throws {Refusal} after `seconds`
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { seconds, signal, flag }: { seconds: number; signal: AbortSignal; flag: string },
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => {
    over.abort(
      new Refusal(503, `given up after ${number(seconds)} s`, {
        hint: `ask for less, try again later, or start saev serve with a longer ${flag}`,
      }),
    );
  }, seconds * 1000);
  const both = AbortSignal.any([signal, over.signal]);
  try {
    return await untilAborted(work(both), both);
  } finally {
    clearTimeout(timer);
  }
}

/** Wait for a promise, or for the end of a signal, whose reason is thrown. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
