// One pass over activations: what every latent responds to, how often and how strongly.
// Knows examples and tokens only; whether they are images and patches or texts and words is decided above.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Coder } from '../../sae/open-coder.ts';
import { type BandOptions, type BandSamples, createBandSamples } from './band-samples.ts';
import { createDistributions, type Distributions } from './distributions.ts';
import { createExampleCodes } from './example-codes.ts';
import { createLogSketches, type LogSketches } from './log-sketch.ts';
import { createTopExamples, type TopExamples } from './top-examples.ts';

/** How much to keep of each latent, and what ranks its examples. */
export interface CollectOptions {
  /** Order a latent's examples by its largest value over the tokens, or by its sum over the tokens. */
  readonly rankBy: 'max' | 'sum';
  /** Examples kept a latent; less when the source has less. */
  readonly topK: number;
  /** Rows read at a time. */
  readonly batchSize: number;
  /** Rows encoded at a time; `batchSize` when undefined. */
  readonly encodeBatchSize?: number;
  /** Latents, from the first, whose values are kept for the figure of distributions. */
  readonly nDistributions: number;
  /** Of all those values, at most about so many are kept: those of every n-th row. */
  readonly distributionLimit?: number;
  /** Random examples in bands of value to keep besides; none when undefined. */
  readonly bands?: BandOptions;
  readonly signal?: AbortSignal;
  /** Sees every block of codes as it passes, in order. */
  readonly observe?: (codes: SparseRows) => void;
}

/** What was collected. A latent fires on a row when its code is above 0. */
export interface Collected {
  readonly dSae: number;
  readonly nExamples: number;
  /** Rows of one example. */
  readonly nTokens: number;
  readonly nRows: number;
  /** `[dSae]`, rows on which the latent fired. */
  readonly count: Float64Array;
  /** `[dSae]`, sum of its values. */
  readonly sum: Float64Array;
  /** `[dSae]`, largest value; 0 when it never fired. */
  readonly max: Float32Array;
  readonly sketches: LogSketches;
  readonly top: TopExamples;
  readonly distributions: Distributions;
  readonly bands?: BandSamples;
}

/**
 * Encode every row of `source` once and collect the statistics and the top examples of every latent.
 *
 * The rows of an example must follow one another; batches may cut examples anywhere and change nothing.
 * Memory: `dSae · topK · (24 + 8–11 · tokens on which a listed example fires)` bytes, about 2 KiB of sketch a latent, and
 * what `createBandSamples` says where bands are asked for.
 *
 * @throws {UserError} for a code that is not a finite number, and `signal.reason` when interrupted.
 */
export async function collectFeatures(
  source: ActivationSource,
  coder: Pick<Coder, 'dSae' | 'encode'>,
  options: CollectOptions,
): Promise<Collected> {
  const { dSae } = coder;
  const { rankBy, batchSize, signal } = options;
  const encodeBatchSize = options.encodeBatchSize ?? batchSize;
  const count = new Float64Array(dSae);
  const sum = new Float64Array(dSae);
  const max = new Float32Array(dSae);
  const sketches = createLogSketches(dSae);
  const top = createTopExamples(
    dSae,
    Math.min(options.topK, source.nExamples),
    source.rowsPerExample,
  );
  const distributions = createDistributions(Math.min(options.nDistributions, dSae), {
    length: source.length,
    rowsPerExample: source.rowsPerExample,
    ...(options.distributionLimit && { limit: options.distributionLimit }),
  });
  const bands = options.bands && createBandSamples(dSae, options.bands, source.rowsPerExample);
  const codes = createExampleCodes(dSae);
  let example = -1;
  let nRows = 0;

  const closeExample = (): void => {
    if (example < 0) return;
    codes.flush((latent, token, value, length) => {
      const score = rankBy === 'max' ? largest(value, length) : total(value, length);
      if (top.accepts(latent, example, score)) {
        top.enter(latent, example, score, token, value, length);
      }
      bands?.offer(latent, example, token, value, length);
    });
  };

  const takeRow = (block: SparseRows, row: number, token: number): void => {
    const sampled = nRows % distributions.stride === 0 ? nRows / distributions.stride : -1;
    for (let entry = block.rowStart[row]!; entry < block.rowStart[row + 1]!; entry++) {
      const value = block.value[entry]!;
      if (value <= 0) continue;
      const latent = block.index[entry]!;
      if (!Number.isFinite(value)) throw notFinite(latent, value, example);
      count[latent]!++;
      sum[latent]! += value;
      if (value > max[latent]!) max[latent] = value;
      sketches.add(latent, value);
      codes.add(latent, token, value);
      if (sampled >= 0 && latent < distributions.nLatents) {
        distributions.values[latent * distributions.nRows + sampled] = value;
      }
    }
    nRows++;
  };

  const progress = startProgress('finding top examples', { total: source.length, unit: 'rows' });
  try {
    for await (const batch of source.batches({ batchSize, signal })) {
      const rows = batch.exampleIndex.length;
      for (let start = 0; start < rows; start += encodeBatchSize) {
        signal?.throwIfAborted();
        const end = Math.min(start + encodeBatchSize, rows);
        const acts = batch.acts.subarray(start * source.dModel, end * source.dModel);
        const block = await coder.encode(acts);
        options.observe?.(block);
        for (let row = start; row < end; row++) {
          if (batch.exampleIndex[row] !== example) {
            closeExample();
            if (batch.exampleIndex[row]! < example) throw new RangeError('examples out of order');
            example = batch.exampleIndex[row]!;
          }
          // CLS and means over tokens have no position: they are the only token of their example.
          takeRow(block, row - start, Math.max(0, batch.tokenIndex[row]!));
        }
        progress.tick(end - start);
      }
    }
    signal?.throwIfAborted();
    closeExample();
  } finally {
    progress.end();
  }
  const { nExamples, rowsPerExample: nTokens } = source;
  return { dSae, nExamples, nTokens, nRows, count, sum, max, sketches, top, distributions, bands };
}

function largest(value: Float32Array, length: number): number {
  let best = value[0]!;
  for (let i = 1; i < length; i++) if (value[i]! > best) best = value[i]!;
  return best;
}

function total(value: Float32Array, length: number): number {
  let result = 0;
  for (let i = 0; i < length; i++) result += value[i]!;
  return result;
}

function notFinite(latent: number, value: number, example: number): UserError {
  return new UserError(`invalid code ${value} of latent ${latent} in example ${example}`, {
    hint: 'the checkpoint or the activations hold numbers that are not finite',
  });
}
