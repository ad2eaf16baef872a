// What each thread has to itself.
import { GEMM_SCRATCH } from '../../../wasm/kernels.ts';
import {
  CONNECTION_ROWS,
  DENSE_BLOCK_ROWS,
  ENCODE_LATENTS,
  UPDATE_LATENTS,
} from './block-sizes.ts';
import type { LayoutSizes, Room } from './room.ts';

/** Take room for one thread, which encodes `rows` rows at a time. */
export function scratchRegions(
  { take, training, aux, screening }: Room,
  rows: number,
  { latents, bytesIn, bytesOut, nDirections, screens }: LayoutSizes,
) {
  const listed = rows * latents * 4;
  return {
    tile: take(rows * ENCODE_LATENTS * 4),
    listIndex: take(listed),
    listValue: take(listed),
    listCount: take(rows * 4),
    bounds: take(rows * 4),
    values: take(latents * 4),
    listed: aux(listed),
    row: take(Math.max(bytesIn, bytesOut) * DENSE_BLOCK_ROWS),
    gEnc: training(UPDATE_LATENTS * bytesIn),
    gDec: training(UPDATE_LATENTS * bytesOut),
    signs: take(nDirections > 0 ? UPDATE_LATENTS * CONNECTION_ROWS * 4 : 0),
    gathered: aux(screens ? ENCODE_LATENTS * bytesIn : 0),
    rows: screening((rows * bytesIn) / 4),
    rowScale: screening(rows * 4),
    rowNear: screening(rows * 4),
    rowFar: screening(rows * 4),
    listLower: screening(listed),
    listRead: screening(rows * 4),
    listKept: screening(rows * 4),
    gemm: take(GEMM_SCRATCH * 4),
  };
}
