// The features of the page as plain numbers and text.

import type { FeatureColumns, PageIndex } from '../../pages/feature-page.ts';
import { wordLists } from '../../pages/features/packed-index.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';

/** What people may call a feature: a label that many of its examples share. */
export interface FeatureLabel {
  readonly label: string;
  /** Share of its examples that have it. */
  readonly share: number;
  /** Further words to find it by. */
  readonly words?: readonly string[];
}

/** Put together the statistics of features, in this order. */
export function featureColumns(
  features: FeatureFile,
  latents: readonly number[],
  labels: readonly FeatureLabel[],
): FeatureColumns {
  const { sparsity, meanValues, maxValues, percentiles } = features;
  const column = (numberOf: (latent: number) => number): Float32Array =>
    Float32Array.from(latents, numberOf);
  const hasWords = labels.some(({ words }) => words !== undefined);
  return {
    latent: Uint32Array.from(latents),
    logFrequency: column((latent) => logarithm(sparsity[latent]!)),
    logValue: column((latent) => logarithm(meanValues[latent]!)),
    max: column((latent) => maxValues[latent]!),
    percentile: column((latent) => percentiles[latent]!),
    label: labels.map(({ label }) => label),
    labelShare: Float32Array.from(labels, ({ share }) => share),
    ...(hasWords && { words: wordLists(labels.map(({ words = [] }) => words)) }),
  };
}

/** The living latents that are not features of the page, as dots. */
export function otherDots(features: FeatureFile, shown: readonly number[]): PageIndex['others'] {
  const { sparsity, meanValues } = features;
  const isShown = new Set(shown);
  const others = Array.from(sparsity.keys()).filter(
    (latent) => sparsity[latent]! > 0 && !isShown.has(latent),
  );
  return {
    logFrequency: Float32Array.from(others, (latent) => logarithm(sparsity[latent]!)),
    logValue: Float32Array.from(others, (latent) => logarithm(meanValues[latent]!)),
  };
}

/** Find the label that most of a feature's examples have. */
export function commonestLabel(labels: readonly string[]): FeatureLabel {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let label = '';
  for (const [name, count] of counts) if (count > (counts.get(label) ?? 0)) label = name;
  return { label, share: labels.length === 0 ? 0 : counts.get(label)! / labels.length };
}

function logarithm(value: number): number {
  return value > 0 ? Math.log10(value) : Number.NaN;
}

/** Five significant digits are more than a person reads. */
export function short(value: number): number {
  return Number(value.toPrecision(5));
}
