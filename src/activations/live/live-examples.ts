// Which examples give rows in a view, and which turned out to be broken.
import { logger } from '../../base/log.ts';
import { counts, rowsOf, rowsOfAll } from '../reading/row-filter.ts';
import type { LiveFeed, LiveView } from './live-feed.ts';
import type { LiveExample } from './live-rows.ts';

const log = logger('activations');

/** Examples that were found broken, of all that a feed has: the same for all its views. */
export interface BrokenExamples {
  has(example: number): boolean;
  /** Tell whether an example has rows; note why where it has none. */
  isThere(item: LiveExample): item is Extract<LiveExample, { bad?: undefined }>;
  /** Ascending. */
  list(): number[];
}

/** Begin with the examples that are known to be broken. */
export function brokenExamples(
  { noun }: Pick<LiveFeed, 'noun'>,
  known: Iterable<number> = [],
): BrokenExamples {
  const broken = new Set(known);
  return {
    has: (example) => broken.has(example),
    isThere(item): item is Extract<LiveExample, { bad?: undefined }> {
      if (item.bad === undefined) return true;
      if (!broken.has(item.example)) log.warn(`skipped ${noun} ${item.example}: ${item.bad}`);
      broken.add(item.example);
      return false;
    },
    list: () => [...broken].sort((a, b) => a - b),
  };
}

/** The examples that a view reads. */
export interface ReadExamples {
  /** Those that give a row, ascending, the broken ones left out. */
  present(): Uint32Array;
  /** Rows of these. */
  length(): number;
  /** Rows that are ignored, of all that could be read. */
  readonly leftOut: number;
  /** Rows that could be read. */
  readonly nRows: number;
}

/** Choose the examples of a view among those that could be read. */
export function readExamples(
  { selection, filter }: Pick<LiveView, 'selection' | 'filter'>,
  all: Uint32Array,
  broken: BrokenExamples,
): ReadExamples {
  const rows = { rowsPerExample: selection.rowsPerExample, filter };
  // One of which every row is ignored need not be run.
  const ours = all.filter((example) => rowsOf(rows, example) > 0);
  const nOurs = rowsOfAll(rows, ours);
  const nRows = all.length * selection.rowsPerExample;
  const isOurs = new Set(ours);
  return {
    present: () => ours.filter((example) => !broken.has(example)),
    length() {
      const gone = broken.list().filter((example) => isOurs.has(example));
      return nOurs - rowsOfAll(rows, Uint32Array.from(gone));
    },
    leftOut: nRows - nOurs,
    nRows,
  };
}

/** Row `row` of `[rows, width]`. */
export function rowOf(rows: Float32Array, row: number, width: number): Float32Array {
  return rows.subarray(row * width, (row + 1) * width);
}

/** The rows of an example that count, `[rows, dModel]`. */
export function rowsThatCount(
  { selection, filter, dModel }: Pick<LiveView, 'selection' | 'filter' | 'dModel'>,
  example: number,
  rows: Float32Array,
): Float32Array {
  if (filter === undefined) return rows;
  const { rowsPerExample } = selection;
  const kept = new Float32Array(rowsOf({ rowsPerExample, filter }, example) * dModel);
  let at = 0;
  for (let row = 0; row < rowsPerExample; row++) {
    if (counts(filter, example, row)) kept.set(rowOf(rows, row, dModel), dModel * at++);
  }
  return kept;
}
