// The answer to a long action: a line of JSON for each thing that happens.
import type { ActLine } from '../../pages/source.ts';
import type { Workbench } from '../workbench.ts';
import { answerTo } from './errors.ts';

/** Milliseconds after which an empty line says that the work goes on. */
const BEAT_MS = 10_000;

/**
 * Answer with the lines that `work` writes. Its signal is aborted when the visitor goes away; an error becomes the last
 * line. Lines that a slow reader has not taken are few and small: progress is left out while it does not read.
 */
export function lines(
  work: (write: (line: ActLine) => void, signal: AbortSignal) => Promise<void>,
  workbench: Pick<Workbench, 'roots'>,
): Response {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string): void => {
          if (!gone.signal.aborted) controller.enqueue(encoder.encode(text));
        };
        const write = (line: ActLine): void => {
          if ('progress' in line && (controller.desiredSize ?? 0) <= 0) return;
          send(`${JSON.stringify(line)}\n`);
        };
        const beat = setInterval(() => send('\n'), BEAT_MS);
        work(write, gone.signal)
          .catch((error: unknown) => write({ error: answerTo(error, workbench).sentence }))
          .finally(() => {
            clearInterval(beat);
            if (!gone.signal.aborted) controller.close();
          });
      },
      cancel() {
        gone.abort();
      },
    },
    { highWaterMark: 64 },
  );
  return new Response(body, {
    headers: { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' },
  });
}
