// What is of one batch: its rows, what is computed of them, and their codes.
import {
  DENSE_BLOCK_ROWS,
  DENSE_ROWS,
  HISTOGRAM_BINS,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './block-sizes.ts';
import type { LayoutSizes, Room } from './room.ts';

/** Take room for rows and what is computed of each. */
export function rowRegions({ take, training }: Room, sizes: LayoutSizes) {
  const { maxRows, maxPrefixes, latents, bytesIn, bytesOut, inputBias, skip } = sizes;
  const each = maxRows * 4;
  const blocks = Math.ceil(maxRows / RECONSTRUCT_ROWS);
  const x = take(maxRows * bytesIn);
  return {
    x,
    centred: inputBias === 'none' ? x : take(maxRows * bytesIn),
    target: take(maxRows * bytesOut),
    skipTarget: take(skip ? maxRows * bytesOut : 0),
    rowWeights: training(each),
    rowL0Count: training(each),
    rowL0: training(each),
    penaltySums: training(blocks * 16),
    errors: take(maxPrefixes * maxRows * bytesOut),
    prefixes: take(maxPrefixes * 4),
    rowStart: take(each),
    rowCount: take(each),
    cursor: take(64),
    histogram: take(HISTOGRAM_BINS * 4),
    colCount: training((latents + 1) * 4),
    colStart: training((latents + 1) * 4),
    sums: take(Math.ceil(maxRows / RECONSTRUCT_ROWS + latents / 16) * (2 + maxPrefixes) * 8),
    rowShares: training(blocks * bytesOut),
    latentShares: training(Math.ceil(latents / UPDATE_LATENTS) * bytesIn),
    ghostErrors: training(DENSE_ROWS * bytesOut),
    ghostSums: training(Math.ceil(maxRows / DENSE_BLOCK_ROWS) * 8),
    denseF: training(DENSE_ROWS * latents * 4),
    densePre: training(DENSE_ROWS * latents * 4),
    denseG: training(DENSE_ROWS * latents * 4),
  };
}

/** Take room for `capacity` entries of the codes, by row and by latent. */
export function codeRegions({ take, training, trainingGates }: Room, capacity: number) {
  const each = capacity * 4;
  return {
    index: take(each),
    pre: take(each),
    dPre: training(each),
    colRow: training(each),
    colPre: training(each),
    colDPre: training(each),
    code: trainingGates(each),
    dCode: trainingGates(each),
    colCode: trainingGates(each),
    colDCode: trainingGates(each),
  };
}

/** Bytes that an entry takes of them. */
export function bytesOfEntry({ train, gated }: Pick<LayoutSizes, 'train' | 'gated'>): number {
  if (!train) return 8;
  return gated ? 40 : 24;
}
