// What one feature of a text model responds to, gathered as plain data: the source of every format below.

import { type Alignment, neuronAlignment } from '../../analysis/alignment.ts';
import type { Histogram } from '../../analysis/extremes.ts';
import type { FeatureLogits } from '../../analysis/logits.ts';
import { decoderVector } from '../../analysis/projections.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import type { CodeSample, Correlated } from '../collecting/code-sample.ts';
import type { TokenMap } from '../collecting/token-maps.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';

/** A text, or the part of it around a token, on which the feature fired. */
export interface TokenExample {
  /** Number of the text, and of the first token shown. */
  readonly example: number;
  readonly first: number;
  readonly tokens: readonly string[];
  /** Value on each token; 0 where the feature did not fire. */
  readonly values: readonly number[];
  /** The token for which the example was chosen, counted among those shown. */
  readonly at: number;
}

/** Examples of one kind. */
export type ExampleGroup =
  | { readonly kind: 'top'; readonly max: number; readonly examples: readonly TokenExample[] }
  | {
      readonly kind: 'band';
      readonly low: number;
      readonly high: number;
      /** Share of all tokens with a value in the band. */
      readonly share: number;
      readonly examples: readonly TokenExample[];
    };

/** All that is shown of one feature. */
export interface FeatureDashboard {
  readonly feature: number;
  /** Share of tokens on which it fires, and its largest value. */
  readonly frequency: number;
  readonly max: number;
  /** Values above 0. */
  readonly histogram: Histogram;
  readonly logits: FeatureLogits & {
    readonly topTokens: readonly string[];
    readonly bottomTokens: readonly string[];
  };
  readonly alignment: readonly Alignment[];
  /** Features that fire together with it; empty where no sample was kept. */
  readonly correlated: readonly Correlated[];
  readonly groups: readonly ExampleGroup[];
  /** What it writes, `W_dec[i]`. */
  readonly vector: Float32Array;
}

/** Where dashboards come from. */
export interface DashboardSource {
  readonly features: FeatureFile;
  readonly coder: SparseCoder;
  /** Token ids of an example, as its rows were computed from. */
  readonly tokensOf: (example: number) => ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Each id as text, `tokenizer.tokenStrings`. */
  readonly tokenStrings: (ids: ArrayLike<number>) => string[];
  readonly codes?: CodeSample | undefined;
}

/** How much of a feature is shown. */
export interface DashboardOptions {
  /** Tokens shown before and after the one an example was chosen for; whole texts when undefined. */
  readonly buffer?: readonly [before: number, after: number];
  /** Top examples of a feature; all that were kept when undefined. */
  readonly examples?: number;
  /** Rows in the tables of alignment and correlation. @default 3 */
  readonly tableRows?: number;
}

/**
 * Gather the dashboards of the features in `logits`, one at a time.
 *
 * @throws {UserError} for a feature file of another coder and for examples that are not among the texts.
 */
export async function* featureDashboards(
  source: DashboardSource,
  logits: AsyncIterable<FeatureLogits> | Iterable<FeatureLogits>,
  options: DashboardOptions = {},
): AsyncGenerator<FeatureDashboard> {
  const { features, coder } = source;
  const { dSae } = coder.config;
  if (features.meta.dSae !== dSae) {
    throw new UserError(`invalid feature file: ${features.meta.dSae} features, not ${dSae}`, {
      hint: 'it was made with another coder',
    });
  }
  for await (const each of logits) yield await dashboardOf(source, each, options);
}

async function dashboardOf(
  source: DashboardSource,
  logits: FeatureLogits,
  { buffer, examples: nTop, tableRows = 3 }: DashboardOptions,
): Promise<FeatureDashboard> {
  const { features, coder, tokenStrings } = source;
  const { feature } = logits;
  const show = (example: number, token: number, map: TokenMap): Promise<TokenExample> =>
    tokenExample(source, { example, token, map }, buffer);
  const top = await Promise.all(
    (await features.top(feature))
      .slice(0, nTop)
      .map(({ example, map }) => show(example, strongest(map), map)),
  );
  const bands: ExampleGroup[] = [];
  for (const { low, high, count, samples } of await features.bands(feature)) {
    const examples = await Promise.all(
      samples.map(({ example, token, map }) => show(example, token, map)),
    );
    bands.push({ kind: 'band', low, high, share: count / features.meta.nRows, examples });
  }
  const max = features.maxValues[feature]!;
  const strings = (entries: readonly { index: number }[]): string[] =>
    tokenStrings(entries.map(({ index }) => index));
  return {
    feature,
    frequency: features.sparsity[feature]!,
    max,
    histogram: await histogramOf(features, feature),
    logits: {
      ...logits,
      topTokens: strings(logits.top),
      bottomTokens: strings(logits.bottom),
    },
    alignment: neuronAlignment(coder, feature, tableRows),
    correlated: source.codes?.correlated(feature, tableRows) ?? [],
    groups: [...(top.length > 0 ? [{ kind: 'top', max, examples: top } as const] : []), ...bands],
    vector: decoderVector(coder, feature),
  };
}

async function tokenExample(
  { tokensOf, tokenStrings }: DashboardSource,
  { example, token, map }: { example: number; token: number; map: TokenMap },
  buffer: readonly [number, number] | undefined,
): Promise<TokenExample> {
  const ids = Array.from(await tokensOf(example));
  if (token >= ids.length) {
    throw new UserError(
      `invalid texts: text ${example} has ${ids.length} tokens, not ${token + 1}`,
      {
        hint: 'the features were found on other texts',
      },
    );
  }
  const first = buffer === undefined ? 0 : Math.max(0, token - buffer[0]);
  const end = buffer === undefined ? ids.length : Math.min(ids.length, token + buffer[1] + 1);
  const values = new Array<number>(ids.length).fill(0);
  map.token.forEach((at, i) => {
    values[at] = map.value[i]!;
  });
  return {
    example,
    first,
    tokens: tokenStrings(ids.slice(first, end)),
    values: values.slice(first, end),
    at: token - first,
  };
}

/** The token of the largest value, the first of several. */
export function strongest({ token, value }: TokenMap): number {
  let best = 0;
  for (let i = 1; i < value.length; i++) if (value[i]! > value[best]!) best = i;
  return token[best]!;
}

async function histogramOf(features: FeatureFile, feature: number): Promise<Histogram> {
  const values = await features.values(feature);
  if (values === undefined || features.sparsity[feature] === 0) return { heights: [], centres: [] };
  const { low, high, counts } = values;
  const width = (high - low) / counts.length;
  return {
    heights: [...counts],
    centres: Array.from(counts, (_, i) => low + (i + 0.5) * width),
  };
}
