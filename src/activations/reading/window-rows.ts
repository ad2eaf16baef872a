// Where the rows of a window stand in memory: in chunks of rows that all threads share.
import type { ActivationBatch } from '../types.ts';

/** A run of rows of a pass that are made together, and the memory they are to be put into. */
export interface WindowWork {
  /** Number of the window within its pass. */
  readonly index: number;
  /** Rows to put into place: those from this one on … */
  readonly from: number;
  /** … and before this one. */
  readonly end: number;
  /** Place of the first row of the first chunk. */
  readonly first: number;
  /** Rows of a chunk; the last one of a pass may have less. */
  readonly chunkRows: number;
  readonly chunks: readonly ActivationBatch[];
}

/** Which share of each window a thread makes: share `part` of `parts`. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/** Where a row stands. */
export interface RowPlace {
  readonly chunk: ActivationBatch;
  readonly slot: number;
}

/** Find the place of row `row` of the pass. */
export function placeOf({ first, chunkRows, chunks }: WindowWork, row: number): RowPlace {
  const number = Math.floor((row - first) / chunkRows);
  return { chunk: chunks[number]!, slot: row - first - number * chunkRows };
}

/** Cut `total` pieces into a thread's own: from the first to before the last. */
export function shareOf(total: number, { part, parts }: Share): [from: number, end: number] {
  return [Math.floor((total * part) / parts), Math.floor((total * (part + 1)) / parts)];
}
