// Encoding by an exact 8-bit product: it bounds every entry from above, and only what can stay is computed in float32.
import type { BoundTileArguments } from '../../../wasm/kernels.ts';
import type { Engine } from '../engine.ts';
import { SCREEN_LATENTS, UPDATE_LATENTS } from '../memory/block-sizes.ts';
import type { Layout } from '../memory/layout.ts';
import type { Lists } from './pass.ts';

/** Rows of a batch of which what is computed is counted: so few that every block has them. */
export const SAMPLE_ROWS = 8;

/** Where the number of entries that were computed of the first rows lies, as an index of 32-bit words. */
export function computedAt({ at }: Layout): number {
  return at.cursor / 4 + 2;
}

/** Round the encoder rows of a block of latents. */
export function roundEncoder({ wasm, layout }: Engine, block: number): void {
  const { at, bytesIn, latents } = layout;
  const s = block * UPDATE_LATENTS;
  wasm.roundRows({
    rows: at.wEnc + s * bytesIn,
    n: Math.min(UPDATE_LATENTS, latents - s),
    bytes: bytesIn,
    out: at.rounded + (s * bytesIn) / 4,
    scale: at.roundedScale + 4 * s,
    near: at.roundedNear + 4 * s,
    far: at.roundedFar + 4 * s,
    weights: 1,
  });
}

/** List what stays of centred rows at `x`; with `counts`, say how much was computed of the first of them. */
export function screenRows(engine: Engine, x: number, lists: Lists, counts: boolean): void {
  const { wasm, layout, floats } = engine;
  const { at, bytesIn } = layout;
  const { bounds } = layout.scratch[engine.thread]!;
  const sample = counts ? SAMPLE_ROWS : 0;
  const weights = { wEnc: at.wEnc, bytes: bytesIn };
  let computed = 0;
  forTiles(engine, x, lists, (tile) => {
    computed += wasm.screenTile({ ...lists, ...tile, ...weights, x, bounds, sample });
  });
  if (counts) new Int32Array(floats.buffer)[computedAt(layout)] = computed;
}

/**
 * List what can be among the `k` largest of each row at `x`, computed: bounds from below of what was seen leave out more and
 * more of what comes.
 */
export function screenLargest(
  engine: Engine,
  x: number,
  lists: Lists,
  { k, counts }: { readonly k: number; readonly counts: boolean },
): void {
  const { wasm, layout, floats } = engine;
  const { at, latents, bytesIn } = layout;
  const { listLower, listRead, listKept, bounds, values } = layout.scratch[engine.thread]!;
  const ints = new Int32Array(floats.buffer);
  const of = (list: number, rows = lists.rows): Int32Array =>
    ints.subarray(list / 4, list / 4 + rows);
  const narrow = (longest: number, next: number): void =>
    wasm.narrowLists({ ...lists, k, longest, listLower, bounds, scratch: values, next });
  of(listRead).fill(0);
  forTiles(engine, x, lists, (tile) => {
    wasm.boundTile({ ...lists, ...tile, listLower, bounds });
    narrow(4 * k, listRead);
  });
  narrow(k, 0);
  if (counts) {
    const some = of(lists.listCount, Math.min(SAMPLE_ROWS, lists.rows));
    ints[computedAt(layout)] = some.reduce((sum, n) => sum + n, 0);
  }
  of(listRead).fill(0);
  of(listKept).fill(0);
  const { bEnc: bias, floor, wEnc } = at;
  // By tiles again, so that the rows of the encoder are in the cache.
  for (let s = 0; s < latents; s += SCREEN_LATENTS) {
    const endLatent = s + SCREEN_LATENTS;
    const where = { x, wEnc, bytes: bytesIn, bias, floor, listRead, listKept };
    wasm.computeListed({ ...lists, ...where, endLatent });
  }
  of(lists.listCount).set(of(listKept));
}

/** A tile of 8-bit products, and all that bounds need: what is left of the arguments once rows and their lists are known. */
type Tile = Omit<BoundTileArguments, keyof Lists | 'listLower' | 'bounds'>;

/** Round rows at `x`, and visit their products with the rounded encoder tile by tile. */
function forTiles(
  { wasm, layout, thread, byteGemm }: Engine,
  x: number,
  { rows }: Lists,
  visit: (tile: Tile) => void,
): void {
  if (byteGemm === undefined) throw new Error('coder: this thread has no 8-bit product');
  const { at, latents, bytesIn } = layout;
  const own = layout.scratch[thread]!;
  const depth = bytesIn / 4;
  wasm.roundRows({
    rows: x,
    n: rows,
    bytes: bytesIn,
    out: own.rows,
    scale: own.rowScale,
    near: own.rowNear,
    far: own.rowFar,
    weights: 0,
  });
  for (let s = 0; s < latents; s += SCREEN_LATENTS) {
    const width = Math.min(SCREEN_LATENTS, latents - s);
    byteGemm([rows, width, depth], own.rows, at.rounded + s * depth, own.tile);
    visit({
      products: own.tile,
      width,
      firstLatent: s,
      scaleX: own.rowScale,
      nearX: own.rowNear,
      farX: own.rowFar,
      scaleW: at.roundedScale,
      nearW: at.roundedNear,
      farW: at.roundedFar,
      bias: at.bEnc,
      floor: at.floor,
    });
  }
}
