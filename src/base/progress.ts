// Progress of long work: one live line on a terminal, a plain line now and then in a log.

import { duration, number } from './text.ts';

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
  /** Count `n` more units as done; `note` (a loss, a path) is shown after the numbers. */
  tick(n?: number, note?: string): void;
  /** Write the last state and release the line. Safe to call twice. */
  end(): void;
}

let silenced = false;

/** Turn all progress display off (tests, `--quiet`) or on again. */
export function silenceProgress(off: boolean): void {
  silenced = off;
}

/** Start showing the progress of the job `label`. */
export function startProgress(label: string, options: ProgressOptions = {}): Progress {
  const { total, unit = 'steps', stream = process.stderr, now = () => performance.now() } = options;
  const live = stream.isTTY === true;
  const every = live ? 100 : (options.every ?? 10_000);
  const resumedAt = options.done ?? 0;
  const start = now();
  let count = resumedAt;
  let note = '';
  let shownAt = live ? Number.NEGATIVE_INFINITY : start;
  let ended = false;

  const show = (last: boolean): void => {
    if (silenced) return;
    const line = progressLine({
      label,
      count,
      resumedAt,
      total,
      unit,
      note,
      ms: now() - start,
      last,
    });
    if (live)
      stream.write(`\r\x1b[2K${line.slice(0, (stream.columns ?? 100) - 1)}${last ? '\n' : ''}`);
    else stream.write(`${line}\n`);
  };

  return {
    tick(n = 1, newNote) {
      count += n;
      if (newNote !== undefined) note = newNote;
      const time = now();
      if (time - shownAt < every) return;
      shownAt = time;
      show(false);
    },
    end() {
      if (ended) return;
      ended = true;
      show(true);
    },
  };
}

function progressLine(state: {
  label: string;
  count: number;
  resumedAt: number;
  total: number | undefined;
  unit: string;
  note: string;
  ms: number;
  last: boolean;
}): string {
  const { label, count, total, unit, note, ms } = state;
  const perSecond = ((count - state.resumedAt) / Math.max(ms, 1)) * 1000;
  const parts = [
    total === undefined ? `${number(count)} ${unit}` : `${number(count)}/${number(total)} ${unit}`,
  ];
  if (total !== undefined && total > 0) parts.push(`${Math.floor((100 * count) / total)}%`);
  parts.push(`${number(perSecond)}/s`);
  if (state.last) parts.push(`took ${duration(ms)}`);
  else if (total !== undefined && perSecond > 0)
    parts.push(`${duration(((total - count) / perSecond) * 1000)} left`);
  if (note !== '') parts.push(note);
  return `${label}  ${parts.join('  ')}`;
}
