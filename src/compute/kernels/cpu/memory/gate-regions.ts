// Where a coder with gates keeps what others have not: the parameters of its codes, and codes beside gates.
import { DENSE_ROWS, RECONSTRUCT_ROWS } from './block-sizes.ts';
import type { LayoutSizes, Room } from './room.ts';

/** Float64 sums of a block: open gates, what of them is penalised, and their squared error; one more to be aligned. */
export const GATE_SUMS = 4;

/** Take room for them, but for entries: gates lie where other coders have their codes. */
export function gateRegions(
  { gates, trainingGates }: Room,
  { latents, maxRows, bytesOut }: LayoutSizes,
) {
  const each = latents * 4;
  const blocks = Math.ceil(maxRows / RECONSTRUCT_ROWS + latents / 16);
  return {
    rMag: gates(each),
    bMag: gates(each),
    gain: gates(each),
    'rMag.m': trainingGates(each),
    'rMag.v': trainingGates(each),
    'bMag.m': trainingGates(each),
    'bMag.v': trainingGates(each),
    gRMag: trainingGates(each),
    gBMag: trainingGates(each),
    norms: trainingGates(each),
    gateErrors: trainingGates(maxRows * bytesOut),
    gateSums: trainingGates(blocks * GATE_SUMS * 8),
    denseCode: trainingGates(DENSE_ROWS * latents * 4),
    denseDCode: trainingGates(DENSE_ROWS * latents * 4),
  };
}
