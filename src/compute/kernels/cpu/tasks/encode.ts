// Encoding a block of rows: which entries stay, found in tiles of products that never leave the cache.
import type { Engine } from '../engine.ts';
import { ENCODE_LATENTS } from '../memory/block-sizes.ts';
import type { Layout } from '../memory/layout.ts';
import { gatherListed, keepListed, multiplyListed } from './aux.ts';
import type { Explaining, Lists } from './pass.ts';
import { centreRows } from './rows.ts';
import { screenLargest, screenRows } from './screening.ts';

/** What rows are encoded to. */
interface EncodeWork {
  readonly rows: number;
  /** Keep the k largest of a row; 0: all. */
  readonly k: number;
  /** Leave out what is not among so many largest of the batch; 0: nothing. */
  readonly most: number;
  readonly explaining?: Explaining | undefined;
  /** Screen by an 8-bit product first, from this bound of the batch on. */
  readonly screenFrom?: number | undefined;
}

export async function encode(engine: Engine, block: number, work: EncodeWork): Promise<void> {
  const { wasm, layout, floats } = engine;
  const { at, latents, encodeRows } = layout;
  const { rows, k, most, explaining, screenFrom } = work;
  const own = layout.scratch[engine.thread]!;
  const first = block * encodeRows;
  const n = Math.min(encodeRows, rows - first);
  const x = centreRows(engine, first, n);
  const { listIndex, listValue, listCount, bounds } = own;
  const lists = { listIndex, listValue, listCount, capacity: latents, rows: n };
  // What is computed of the first rows is counted, and must not depend on how far other threads are.
  const shared = block > 0 || screenFrom === undefined;
  const bound = shared ? floats[boundAt(layout)]! : screenFrom;
  floats.fill(most > 0 ? bound : Number.NEGATIVE_INFINITY, bounds / 4, bounds / 4 + n);
  floats.fill(0, listCount / 4, listCount / 4 + n);
  if (screenFrom === undefined) await multiplyRows(engine, x, lists, work);
  else {
    const counts = block === 0;
    if (k > 0) screenLargest(engine, x, lists, { k, counts });
    else screenRows(engine, x, lists, counts);
    if (explaining !== undefined) await multiplyListed(engine, x, n, explaining);
  }
  if (explaining !== undefined) keepListed(engine, first, n, explaining);
  if (most > 0) leaveOutSmall(engine, n, most);
  if (k > 0) wasm.keepTopK({ ...lists, k, longest: k, bounds, scratch: own.values });
  wasm.packLists({
    ...lists,
    firstRow: first,
    cursor: at.cursor,
    codesCapacity: layout.capacity,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    pre: at.pre,
  });
}

/** List what stays of rows at `x` by products with all latents. */
async function multiplyRows(
  engine: Engine,
  x: number,
  lists: Lists,
  { k, explaining }: EncodeWork,
): Promise<void> {
  const { wasm, layout, gemm } = engine;
  const { at, latents, bytesIn } = layout;
  const own = layout.scratch[engine.thread]!;
  const { bounds } = own;
  const { rows } = lists;
  for (let s = 0; s < latents; s += ENCODE_LATENTS) {
    const width = Math.min(ENCODE_LATENTS, latents - s);
    await gemm(
      [rows, width, bytesIn / 4],
      { at: x, stride: bytesIn / 4 },
      { at: at.wEnc + s * bytesIn, stride: bytesIn / 4, transposed: true },
      { at: own.tile, stride: width },
    );
    if (explaining !== undefined) {
      gatherListed(engine, rows, {
        ...explaining,
        h: own.tile,
        stride: width,
        from: s,
        to: s + width,
      });
    }
    const tile = { h: own.tile, width, firstLatent: s, bias: at.bEnc, floor: at.floor };
    wasm.compactTile({ ...lists, ...tile, bounds });
    // Now and then, so that what is too small is not listed in the first place.
    if (k > 0) wasm.keepTopK({ ...lists, k, longest: 4 * k, bounds, scratch: own.values });
  }
}

/** Where the bound lies that all threads share, as an index of floats. */
export function boundAt({ at }: Layout): number {
  return at.cursor / 4 + 1;
}

/** Leave out of a block's lists what cannot be among the largest of the batch, and let others know the bound. */
function leaveOutSmall({ wasm, layout, thread, floats }: Engine, rows: number, most: number): void {
  const { at, latents: capacity } = layout;
  const { listIndex, listValue, listCount } = layout.scratch[thread]!;
  wasm.countValues(rows, listValue, listCount, capacity, at.histogram);
  const bound = wasm.boundOfLargest(at.histogram, most);
  if (bound > floats[boundAt(layout)]!) floats[boundAt(layout)] = bound;
  wasm.keepAbove(rows, bound, listIndex, listValue, listCount, capacity);
}
