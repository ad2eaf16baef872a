// How much the features of one transcoder contribute to a feature of a later one, over many texts.
import type { LanguageBackbone, Tokens } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { readingOf } from '../reading.ts';
import type { Transcoder } from '../transcoders.ts';
import { times } from './vectors.ts';

/** The later feature. */
export interface ReadingFeature {
  readonly transcoder: Pick<Transcoder, 'name' | 'config' | 'weights'>;
  readonly feature: number;
}

/** Over which texts a mean is taken. */
export interface MeanOptions {
  readonly backbone: LanguageBackbone;
  /** The features whose contributions are averaged. */
  readonly transcoder: Transcoder;
  readonly signal?: AbortSignal;
}

/**
 * Mean over all positions of `(W_dec w) ⊙ f(x)`, `[dSae]`: what each feature gives through the residual stream to a later
 * one with encoder row `w`, norms left out. As in the original, a mean over batches of their means.
 */
export async function meanInputTimesGradient(
  tokens: Tokens,
  reader: ReadingFeature,
  options: MeanOptions & { readonly batchSize?: number },
): Promise<Float64Array> {
  const { batchSize = 64, transcoder } = options;
  const gains = gainsOf(reader, transcoder);
  const mean = new Float64Array(gains.length);
  const nBatches = Math.ceil(tokens.length / batchSize);
  for (let start = 0; start < tokens.length; start += batchSize) {
    const codes = await codesOf(tokens.slice(start, start + batchSize), options);
    const rows = codes.rowStart.length - 1;
    codes.index.forEach((feature, p) => {
      mean[feature]! += (codes.value[p]! * gains[feature]!) / rows / nBatches;
    });
  }
  return mean;
}

/** A position of one of the texts. */
export interface TextPosition {
  readonly text: number;
  readonly position: number;
}

/** Contributions at chosen positions: mean over all of them, mean over those where the feature gives something, and how often it does. */
export interface PositionMeans {
  /** `[dSae]` */
  readonly mean: Float64Array;
  /** `[dSae]`; of positive contributions, 0 where there are none. */
  readonly meanWhenPositive: Float64Array;
  /** `[dSae]` share of positions; one position where there is none, as in the original. */
  readonly frequency: Float64Array;
}

/**
 * As {@link meanInputTimesGradient}, at chosen positions. `meanWhenPositive` divides all that was summed by the number of
 * positive contributions.
 * @throws {UserError} for a position or a feature that there is not.
 */
export async function inputTimesGradientAt(
  tokens: Tokens,
  places: readonly TextPosition[],
  reader: ReadingFeature,
  options: MeanOptions,
): Promise<PositionMeans> {
  const gains = gainsOf(reader, options.transcoder);
  const sums = new Float64Array(gains.length);
  const counts = new Float64Array(gains.length);
  for (const { text, position } of places) {
    const row = tokens[text];
    if (row === undefined || !(position >= 0 && position < row.length)) {
      throw new UserError(`invalid position ${position} of text ${text}`);
    }
    const codes = await codesOf([Array.from(row).slice(0, position + 1)], options);
    for (let p = codes.rowStart[position]!; p < codes.rowStart[position + 1]!; p++) {
      const feature = codes.index[p]!;
      const given = Math.fround(codes.value[p]! * gains[feature]!);
      sums[feature]! += given;
      if (given > 0) counts[feature]!++;
    }
  }
  const atLeastOne = counts.map((count) => Math.max(count, 1));
  return {
    mean: sums.map((sum) => sum / places.length),
    meanWhenPositive: sums.map((sum, i) => sum / atLeastOne[i]!),
    frequency: atLeastOne.map((count) => count / places.length),
  };
}

/** `W_dec w`, `[dSae]`. */
function gainsOf({ transcoder, feature }: ReadingFeature, writer: Transcoder): Float32Array {
  return times(writer.weights.wDec, readingOf(transcoder, feature).direction);
}

async function codesOf(
  tokens: Tokens,
  { backbone, transcoder, signal }: MeanOptions,
): Promise<SparseRows> {
  const { input, layer } = transcoder;
  const stopAtLayer = layer + 1;
  const run = await backbone.run(tokens, { record: [input], stopAtLayer, signal });
  return transcoder.encode(run.get(input)!.data);
}
