// Events as a stream that a browser's EventSource reads: a line of JSON each, and a beat so that nobody in between closes it.
import { RUN_EVENTS } from '../../pages/run-page.ts';
import type { PageEvent } from '../../pages/source.ts';
import type { RunEvents } from './run-events.ts';

/** Events that may wait for a slow listener; with more, it is sent away, and comes again by itself. */
const WAITING = 500;

/** Milliseconds between two beats. */
const BEAT = 15_000;

/** How a stream is kept open. */
export interface EventStreamOptions {
  /** Ends all streams. */
  readonly signal: AbortSignal;
  /** Milliseconds between two beats. @default 15 000 */
  readonly beat?: number;
}

/** Answer with a stream of events, which ends when its reader goes, or does not keep up. */
export function eventStream(
  events: RunEvents,
  { signal, beat = BEAT }: EventStreamOptions,
): Response {
  const encoder = new TextEncoder();
  let leave = (): boolean => false;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOpen = true;
        const write = (text: string): void => {
          if (!isOpen) return;
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) <= 0) end();
        };
        leave = () => {
          const wasOpen = isOpen;
          isOpen = false;
          clearInterval(timer);
          stop();
          signal.removeEventListener('abort', end);
          return wasOpen;
        };
        const end = (): void => {
          if (leave()) controller.close();
        };
        const timer = setInterval(() => write(': beat\n\n'), beat);
        timer.unref();
        signal.addEventListener('abort', end);
        let stop = (): void => undefined;
        // What a browser waits before it comes again.
        write('retry: 2000\n\n');
        stop = events.listen((event) => {
          const told: PageEvent = { name: RUN_EVENTS, data: event };
          write(`data: ${JSON.stringify(told)}\n\n`);
        });
        if (!isOpen) stop();
        if (signal.aborted) end();
      },
      cancel: () => void leave(),
    },
    new CountQueuingStrategy({ highWaterMark: WAITING }),
  );
  const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };
  return new Response(body, { headers });
}
