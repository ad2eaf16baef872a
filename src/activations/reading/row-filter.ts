// Which rows of a set count, one bit a row: what is left out never becomes part of a batch.
import { mapAhead } from '../../base/iterables.ts';
import { startProgress } from '../../base/progress.ts';
import type { RowSelection } from './selection.ts';

/** Tells which tokens of an example are left out: a patch or position from 0, −1 for CLS. */
export type IgnoreTest = (example: number) => Promise<(token: number) => boolean>;

/** Rows that count. Its memory is shared with the threads that read. */
export interface RowFilter {
  readonly rowsPerExample: number;
  /** One bit a row, `[examples · rowsPerExample]`. */
  readonly bits: Uint8Array;
  /** `[examples + 1]`: rows that count before each example. */
  readonly before: Uint32Array;
}

/** Examples that are looked at together. */
const AT_ONCE = 8;

/** Look at every example once, and note which of its rows count. */
export async function filterRows(
  examples: { readonly nExamples: number; readonly absent: Iterable<number> },
  { rowsPerExample, tokenIndex }: Pick<RowSelection, 'rowsPerExample' | 'tokenIndex'>,
  isIgnored: IgnoreTest,
  signal?: AbortSignal,
): Promise<RowFilter> {
  const { nExamples } = examples;
  const bits = new Uint8Array(new SharedArrayBuffer(Math.ceil((nExamples * rowsPerExample) / 8)));
  const before = new Uint32Array(new SharedArrayBuffer(4 * (nExamples + 1)));
  const absent = new Set(examples.absent);
  const total = nExamples - absent.size;
  const progress = startProgress('choose rows', { total, unit: 'examples' });
  const look = async (example: number): Promise<((token: number) => boolean) | undefined> => {
    signal?.throwIfAborted();
    return absent.has(example) ? undefined : isIgnored(example);
  };
  let example = 0;
  try {
    for await (const test of mapAhead(Array(nExamples).keys(), AT_ONCE, look)) {
      let count = 0;
      for (let row = 0; test !== undefined && row < rowsPerExample; row++) {
        if (test(tokenIndex[row]!)) continue;
        const bit = example * rowsPerExample + row;
        bits[Math.floor(bit / 8)]! |= 1 << (bit % 8);
        count++;
      }
      before[example + 1] = before[example]! + count;
      example++;
      if (test !== undefined) progress.tick();
    }
  } finally {
    progress.end();
  }
  return { rowsPerExample, bits, before };
}

/** Tell whether a row counts; all do without a filter. */
export function counts(filter: RowFilter | undefined, example: number, row: number): boolean {
  if (filter === undefined) return true;
  const bit = example * filter.rowsPerExample + row;
  return (filter.bits[Math.floor(bit / 8)]! & (1 << (bit % 8))) !== 0;
}

/** Number of rows of an example that count. */
export function rowsOf(
  { rowsPerExample, filter }: { rowsPerExample: number; filter?: RowFilter | undefined },
  example: number,
): number {
  if (filter === undefined) return rowsPerExample;
  return filter.before[example + 1]! - filter.before[example]!;
}

/** Number of rows of some examples that count. */
export function rowsOfAll(
  rows: { rowsPerExample: number; filter?: RowFilter | undefined },
  examples: Uint32Array,
): number {
  if (rows.filter === undefined) return rows.rowsPerExample * examples.length;
  return examples.reduce((sum, example) => sum + rowsOf(rows, example), 0);
}
