// What was collected of each latent, as named tensors: the original program's, and those that the page and the cache need.

import type { TensorToWrite } from '../../formats/safetensors.ts';
import { bytesOf, type TypedArray } from '../../formats/tensor.ts';
import type { Collected } from '../collecting/collector.ts';

/** Bins of a latent's histogram of log10 values. */
export const HISTOGRAM_BINS = 64;

/** Fraction of all values, the smallest, that may lie below the histograms' first edge. */
const TRIM = 0.001;

/** Named tensors in the order of their writing. */
export type NamedTensors = readonly (readonly [string, TensorToWrite])[];

/**
 * Statistics of the latents: `mean_values`, `sparsity` and `percentiles_p<n>` float32 `[dSae]` and `distributions` float32
 * `[nLatents, nRows]` as the original program names them, `max_values` float32 `[dSae]`, `histogram.edges` float32
 * `[bins + 1]` (log10) and `histogram.counts` uint32 `[dSae, bins]`. `mean_values` of a latent that never fired is NaN.
 */
export function statisticTensors(
  collected: Collected,
  { percentile }: { percentile: number },
): NamedTensors {
  const { dSae, nRows, count, sum, max, sketches, distributions } = collected;
  const perLatent = (valueAt: (latent: number) => number): TensorToWrite => ({
    dtype: 'F32',
    shape: [dSae],
    data: Float32Array.from({ length: dSae }, (_, latent) => valueAt(latent)),
  });
  const edges = histogramEdges(sketches.range(TRIM));
  const counts = (): AsyncGenerator<Uint8Array> =>
    perLatentBytes(collected, (latent) => {
      const bins = new Uint32Array(HISTOGRAM_BINS);
      sketches.histogram(latent, edges, bins);
      return bins;
    });
  return [
    ['mean_values', perLatent((latent) => sum[latent]! / count[latent]!)],
    ['sparsity', perLatent((latent) => count[latent]! / nRows)],
    [
      'distributions',
      {
        dtype: 'F32',
        shape: [distributions.nLatents, distributions.nRows],
        data: distributions.values,
      },
    ],
    [
      `percentiles_p${percentile}`,
      perLatent((latent) => sketches.quantile(latent, percentile / 100, nRows - count[latent]!)),
    ],
    ['max_values', { dtype: 'F32', shape: [dSae], data: max }],
    ['histogram.edges', { dtype: 'F32', shape: [HISTOGRAM_BINS + 1], data: edges }],
    ['histogram.counts', { dtype: 'U32', shape: [dSae, HISTOGRAM_BINS], data: counts }],
  ];
}

/** Equal bins over the decades that values reach, but for the rarest small ones; around 1 when none fired. */
function histogramEdges(range: { low: number; high: number } | undefined): Float32Array {
  const low = range === undefined ? -1 : Math.log10(range.low) - 0.01;
  const high = range === undefined ? 1 : Math.log10(range.high) + 0.01;
  return Float32Array.from(
    { length: HISTOGRAM_BINS + 1 },
    (_, i) => low + ((high - low) * i) / HISTOGRAM_BINS,
  );
}

/** The bytes of what `rowOf` gives of every latent. */
export function perLatentBytes(
  { dSae }: Pick<Collected, 'dSae'>,
  rowOf: (latent: number) => TypedArray,
): AsyncGenerator<Uint8Array> {
  return inBlocks(
    (function* () {
      for (let latent = 0; latent < dSae; latent++) yield bytesOf(rowOf(latent));
    })(),
  );
}

/** Join small pieces to blocks of about 1 MiB, so that a file takes few writes; each block is overwritten by the next. */
export async function* inBlocks(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(2 ** 20);
  let filled = 0;
  for (const piece of pieces) {
    if (filled + piece.byteLength > block.byteLength) {
      yield block.subarray(0, filled);
      filled = 0;
    }
    if (piece.byteLength > block.byteLength) {
      yield piece;
    } else {
      block.set(piece, filled);
      filled += piece.byteLength;
    }
  }
  yield block.subarray(0, filled);
}
