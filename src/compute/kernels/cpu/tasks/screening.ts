// Encoding by an exact 8-bit product: it bounds every entry from above, and only what can stay is computed in float32.
import type { Engine } from '../engine.ts';
import { type Layout, SCREEN_LATENTS, UPDATE_LATENTS } from '../memory-layout.ts';
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
  const { wasm, layout, byteGemm, floats } = engine;
  if (byteGemm === undefined) throw new Error('coder: this thread has no 8-bit product');
  const { at, latents, bytesIn } = layout;
  const own = layout.scratch[engine.thread]!;
  const depth = bytesIn / 4;
  const ofRows = { scale: own.rowScale, near: own.rowNear, far: own.rowFar };
  wasm.roundRows({
    rows: x,
    n: lists.rows,
    bytes: bytesIn,
    out: own.rows,
    ...ofRows,
    weights: 0,
  });
  let computed = 0;
  for (let s = 0; s < latents; s += SCREEN_LATENTS) {
    const width = Math.min(SCREEN_LATENTS, latents - s);
    byteGemm([lists.rows, width, depth], own.rows, at.rounded + s * depth, own.tile);
    computed += wasm.screenTile({
      ...lists,
      products: own.tile,
      width,
      firstLatent: s,
      x,
      wEnc: at.wEnc,
      bytes: bytesIn,
      scaleX: ofRows.scale,
      nearX: ofRows.near,
      farX: ofRows.far,
      scaleW: at.roundedScale,
      nearW: at.roundedNear,
      farW: at.roundedFar,
      bias: at.bEnc,
      floor: at.floor,
      bounds: own.bounds,
      sample: counts ? SAMPLE_ROWS : 0,
    });
  }
  if (counts) new Int32Array(floats.buffer)[computedAt(layout)] = computed;
}
