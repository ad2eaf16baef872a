// Which coordinates of the residual stream a feature writes along.
import type { SparseCoder } from '../sae/coder.ts';
import { extremes } from './extremes.ts';
import { decoderVector } from './projections.ts';

/** One coordinate of a decoder row. */
export interface Alignment {
  readonly neuron: number;
  readonly value: number;
  /** Its share of the row's L1 norm. */
  readonly shareOfL1: number;
}

/** The `k` coordinates with the largest entries in `W_dec[i]`, largest first. */
export function neuronAlignment(coder: SparseCoder, feature: number, k: number): Alignment[] {
  const row = decoderVector(coder, feature);
  let norm = 0;
  for (const entry of row) norm += Math.abs(entry);
  return extremes(row, k).top.map(({ index, value }) => ({
    neuron: index,
    value,
    shareOfL1: norm === 0 ? 0 : Math.abs(value) / norm,
  }));
}
