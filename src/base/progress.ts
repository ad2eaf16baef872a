// Progress of long work: one live line on a terminal, a plain line now and then in a log.

import { type ProgressState, progressLine } from './progress-line.ts';

/** Where progress is written; `process.stderr` fits. */
interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface ProgressOptions {
  /** Number of units in the whole job; unknown when undefined. */
  total?: number;
  /** Name of one unit, as in `images`. */
  unit?: string;
  /** Units already done when the work resumes: shown, but left out of the speed. */
  done?: number;
  stream?: ProgressStream;
  /** Milliseconds between two plain lines of a log; a terminal's line is rewritten ten times a second. */
  every?: number;
  now?: () => number;
}

/** Progress of long work, as it is shown: a live line on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Count `n` more units as done; `note` (a loss, a path) is shown after the numbers, its fields two spaces apart. */
  tick(n?: number, note?: string): void;
  /** The work is done, even if there was less of it than the total said: write the last state, at 100 %. */
  finish(): void;
  /** Write the last state and release the line. Safe to call twice, and after `finish`. */
  end(): void;
}

/** Columns of a terminal that does not say. */
const COLUMNS = 80;

/** Milliseconds after which the speed forgets: it is that of the last one or two of them. */
const MEMORY = 15_000;

let silenced = false;

/** Turn all progress display off (tests, `--quiet`) or on again. */
export function silenceProgress(off: boolean): void {
  silenced = off;
}

/** Start showing the progress of the job `label`. */
export function startProgress(label: string, options: ProgressOptions = {}): Progress {
  const { unit = 'steps', stream = process.stderr, now = () => performance.now() } = options;
  const live = stream.isTTY === true;
  const every = live ? 100 : (options.every ?? 10_000);
  const resumedAt = options.done ?? 0;
  const start = now();
  const speed = recentSpeed();
  let { total } = options;
  let count = resumedAt;
  let note = '';
  let shownAt = live ? Number.NEGATIVE_INFINITY : start;
  let ended = false;

  const show = (last: boolean): void => {
    if (silenced) return;
    const ms = now() - start;
    const perMs = last ? (count - resumedAt) / Math.max(ms, 1) : speed.at(now(), count);
    const state: ProgressState = { label, count, total, unit, note, ms, perMs, last };
    const width = live ? (stream.columns ?? COLUMNS) - 1 : Number.POSITIVE_INFINITY;
    const line = progressLine(state, width);
    stream.write(live ? `\r\x1b[2K${line}${last ? '\n' : ''}` : `${line}\n`);
  };

  return {
    tick(n = 1, newNote) {
      count += n;
      if (newNote !== undefined) note = newNote;
      const time = now();
      speed.note(time, count);
      if (time - shownAt < every) return;
      shownAt = time;
      show(false);
    },
    finish() {
      total = count;
      this.end();
    },
    end() {
      if (ended) return;
      ended = true;
      show(true);
    },
  };
}

/** Units a millisecond of late. What came before the first units, a model that had to be loaded, is left out. */
function recentSpeed(): {
  note(time: number, count: number): void;
  /** Undefined until it can be told. */
  at(time: number, count: number): number | undefined;
} {
  let from: { time: number; count: number } | undefined;
  let later: { time: number; count: number } | undefined;
  return {
    note(time, count) {
      from ??= { time, count };
      later ??= from;
      if (time - later.time < MEMORY) return;
      from = later;
      later = { time, count };
    },
    at(time, count) {
      if (from === undefined || count === from.count || time - from.time < 1) return undefined;
      return (count - from.count) / (time - from.time);
    },
  };
}
