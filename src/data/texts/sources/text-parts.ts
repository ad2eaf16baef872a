// A part of the documents of some files: what `train[:10%]` leaves of a split.
import { mapAhead } from '../../../base/iterables.ts';
import { rowsOfSlice, type SplitSlice } from '../../datasets/slices.ts';
import type { Skip, TextFile } from './text-file.ts';

/** A file that can say how many documents it holds without reading them. */
export interface CountedTextFile extends TextFile {
  count(): Promise<number>;
}

/** Files that are asked at a time for what they hold. */
const AHEAD = 8;

/**
 * Take the documents of a split from its files as one. How many there are is asked only where a bound needs it: percents, and
 * what is counted from the end.
 */
export function partOfTexts(files: readonly CountedTextFile[], slice: SplitSlice): TextFile {
  let rows: Promise<readonly [number, number]> | undefined;
  return {
    async *documents(skip: Skip) {
      rows ??= boundsOf(files, slice);
      const [from, to] = await rows;
      const wanted = Math.max(0, to - from);
      const passed = Math.min(skip.left, wanted);
      skip.left -= passed;
      let left = wanted - passed;
      if (left === 0) return;
      const before: Skip = { left: from + passed };
      for (const file of files) {
        for await (const document of file.documents(before)) {
          yield document;
          left--;
          if (left === 0) return;
        }
      }
      // Passed over were documents that the split does not have.
      skip.left += Math.min(before.left, passed);
    },
  };
}

async function boundsOf(
  files: readonly CountedTextFile[],
  slice: SplitSlice,
): Promise<readonly [number, number]> {
  const { from = 0, to = Number.POSITIVE_INFINITY, unit } = slice;
  if (unit === 'rows' && from >= 0 && to >= 0) return [from, to];
  let length = 0;
  for await (const count of mapAhead(files, AHEAD, (file) => file.count())) length += count;
  return rowsOfSlice(slice, length);
}
