// What was collected, as named tensors: the original program's six, and those that the page and the cache need.

import type { TensorToWrite } from '../../formats/safetensors.ts';
import { bytesOf, type TypedArray } from '../../formats/tensor.ts';
import type { Collected } from '../collecting/collector.ts';
import type { TokenMap } from '../collecting/token-maps.ts';

/** Bins of a latent's histogram of log10 values. */
export const HISTOGRAM_BINS = 64;

/** Fraction of all values, the smallest, that may lie below the histograms' first edge. */
const TRIM = 0.001;

/** Value and image index in places that no example fills. */
const FILLER_VALUE = -1;
const FILLER_EXAMPLE = -1n;

/** Named tensors in the order of their writing. */
type NamedTensors = readonly (readonly [string, TensorToWrite])[];

/**
 * The tensors that saev writes, under its names, but for `top_values`, which the sparse rows of `furtherTensors` say:
 * `top_img_i` int64 `[dSae, k]`, −1 where a list has no more examples, `mean_values`, `sparsity` and `percentiles_p<n>`
 * float32 `[dSae]`, `distributions` float32 `[nLatents, nRows]`. `mean_values` of a latent that never fired is NaN.
 */
export function originalTensors(
  collected: Collected,
  { percentile }: { percentile: number },
): NamedTensors {
  const { dSae, nRows, count, sum, top, distributions } = collected;
  const { k } = top;
  const perLatent = (valueAt: (latent: number) => number): TensorToWrite => ({
    dtype: 'F32',
    shape: [dSae],
    data: Float32Array.from({ length: dSae }, (_, latent) => valueAt(latent)),
  });
  const topExamples: TensorToWrite = {
    dtype: 'I64',
    shape: [dSae, k],
    data: () =>
      perLatentBytes(collected, (latent) => {
        const row = new BigInt64Array(k).fill(FILLER_EXAMPLE);
        top.list(latent).forEach(({ example }, j) => {
          row[j] = BigInt(example);
        });
        return row;
      }),
  };
  return [
    ['top_img_i', topExamples],
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
      perLatent((latent) =>
        collected.sketches.quantile(latent, percentile / 100, nRows - count[latent]!),
      ),
    ],
  ];
}

/**
 * Tensors beyond the original's: `max_values` float32 `[dSae]`, `top_scores` float32 `[dSae, k]`,
 * `histogram.edges` float32 `[bins + 1]` (log10) and `histogram.counts` uint32 `[dSae, bins]`, and the top values
 * as sparse rows: those of list entry `e = latent · k + j` are `map.start[e] … map.start[e + 1] − 1` of `map.token`
 * and `map.value`.
 */
export function furtherTensors(collected: Collected): NamedTensors {
  const { dSae, max, sketches, top } = collected;
  const { k } = top;
  const edges = histogramEdges(sketches.range(TRIM));
  const nonzeros = Array.from({ length: dSae }, (_, latent) =>
    top.list(latent).reduce((n, { map }) => n + map.token.length, 0),
  ).reduce((a, b) => a + b, 0);
  const scores: TensorToWrite['data'] = () =>
    perLatentBytes(collected, (latent) => {
      const row = new Float32Array(k).fill(FILLER_VALUE);
      top.list(latent).forEach(({ score }, j) => {
        row[j] = score;
      });
      return row;
    });
  const counts: TensorToWrite['data'] = () =>
    perLatentBytes(collected, (latent) => {
      const bins = new Uint32Array(HISTOGRAM_BINS);
      sketches.histogram(latent, edges, bins);
      return bins;
    });
  const mapPart = (part: (map: TokenMap) => Int32Array | Float32Array) => () =>
    inBlocks(eachMap(collected, part));
  return [
    [
      'map.start',
      { dtype: 'I64', shape: [dSae * k + 1], data: () => inBlocks(mapStarts(collected)) },
    ],
    ['max_values', { dtype: 'F32', shape: [dSae], data: max }],
    ['top_scores', { dtype: 'F32', shape: [dSae, k], data: scores }],
    ['histogram.edges', { dtype: 'F32', shape: [HISTOGRAM_BINS + 1], data: edges }],
    ['histogram.counts', { dtype: 'U32', shape: [dSae, HISTOGRAM_BINS], data: counts }],
    [
      'map.token',
      { dtype: 'I32', shape: [nonzeros], data: mapPart(({ token }) => Int32Array.from(token)) },
    ],
    ['map.value', { dtype: 'F32', shape: [nonzeros], data: mapPart(({ value }) => value) }],
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

function perLatentBytes(
  { dSae }: Collected,
  rowOf: (latent: number) => TypedArray,
): AsyncGenerator<Uint8Array> {
  return inBlocks(
    (function* () {
      for (let latent = 0; latent < dSae; latent++) yield bytesOf(rowOf(latent));
    })(),
  );
}

function* eachMap(
  { dSae, top }: Collected,
  part: (map: TokenMap) => Int32Array | Float32Array,
): Generator<Uint8Array> {
  for (let latent = 0; latent < dSae; latent++) {
    for (const { map } of top.list(latent)) yield bytesOf(part(map));
  }
}

function* mapStarts({ dSae, top }: Collected): Generator<Uint8Array> {
  let start = 0n;
  for (let latent = 0; latent < dSae; latent++) {
    const starts = new BigInt64Array(top.k);
    const list = top.list(latent);
    for (let j = 0; j < top.k; j++) {
      starts[j] = start;
      start += BigInt(list[j]?.map.token.length ?? 0);
    }
    yield bytesOf(starts);
  }
  yield bytesOf(BigInt64Array.of(start));
}

/** Join small pieces to blocks of about 1 MiB, so that a file takes few writes; each block is overwritten by the next. */
async function* inBlocks(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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
