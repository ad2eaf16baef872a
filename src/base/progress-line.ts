// The line of a progress: what fits into a terminal, whole fields only.
import { duration, number } from './text.ts';

/** What a line tells. */
export interface ProgressState {
  readonly label: string;
  readonly count: number;
  readonly total: number | undefined;
  readonly unit: string;
  /** Fields of the work's own, two spaces apart. */
  readonly note: string;
  /** Milliseconds since the start. */
  readonly ms: number;
  /** Units a millisecond; undefined where it cannot be told yet. */
  readonly perMs: number | undefined;
  /** Whether this is the last line. */
  readonly last: boolean;
}

const GAP = '  ';

/** Write the line in at most `width` characters: fields that do not fit are left out, the least needed first. */
export function progressLine(state: ProgressState, width: number): string {
  const { label, count, total, unit, note, ms, perMs, last } = state;
  const counted = total === undefined ? number(count) : `${number(count)}/${number(total)}`;
  const fields: { text: string; need: number }[] = [{ text: `${counted} ${unit}`, need: 9 }];
  if (total !== undefined && total > 0) {
    fields.push({ text: `${Math.min(100, Math.floor((100 * count) / total))}%`, need: 7 });
  }
  if (perMs !== undefined) fields.push({ text: `${number(1000 * perMs)}/s`, need: 2 });
  if (last) fields.push({ text: `took ${duration(ms)}`, need: 8 });
  else if (total !== undefined && perMs !== undefined && perMs > 0)
    fields.push({ text: `${duration(Math.max(0, total - count) / perMs)} left`, need: 8 });
  const notes = note === '' ? [] : note.split(GAP);
  for (const [i, text] of notes.entries()) fields.push({ text, need: 6 - i / notes.length });
  return inWidth(label, fields, width);
}

function inWidth(label: string, fields: { text: string; need: number }[], width: number): string {
  const kept = [...fields];
  const join = (name: string): string => [name, ...kept.map(({ text }) => text)].join(GAP);
  while (kept.length > 1 && join(label).length > width) {
    const least = kept.reduce((a, b) => (b.need < a.need ? b : a));
    kept.splice(kept.indexOf(least), 1);
  }
  const line = join(label);
  if (line.length <= width) return line;
  // A name may be shortened, a number may not.
  const room = width - join('').length;
  if (room >= 2) return join(`${label.slice(0, room - 1)}…`);
  const bare = kept[0]?.text ?? '';
  return bare.length <= width ? bare : '';
}
