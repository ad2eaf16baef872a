// The features of the page as plain numbers and text.

import type { FeatureColumns, PageIndex } from '../../pages/feature-page.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import { log10 } from '../latent-choice.ts';

/** What people may call a feature: a label that many of its examples share. */
export interface FeatureLabel {
  readonly label: string;
  /** Share of its examples that have it. */
  readonly share: number;
  /** Further words to find it by. */
  readonly words?: string;
}

/** Gather the statistics of features one after the other. */
export function featureColumns(features: FeatureFile): {
  add(latent: number, label: FeatureLabel): void;
  done(): FeatureColumns;
} {
  const columns = {
    latent: [] as number[],
    logFrequency: [] as (number | null)[],
    logValue: [] as (number | null)[],
    max: [] as number[],
    percentile: [] as number[],
    label: [] as string[],
    labelShare: [] as number[],
  };
  const found: string[] = [];
  return {
    add(latent, { label, share, words }) {
      columns.latent.push(latent);
      columns.logFrequency.push(logarithm(features.sparsity[latent]!));
      columns.logValue.push(logarithm(features.meanValues[latent]!));
      columns.max.push(short(features.maxValues[latent]!));
      columns.percentile.push(short(features.percentiles[latent]!));
      columns.label.push(label);
      columns.labelShare.push(short(share));
      if (words !== undefined) found.push(words);
    },
    done: () => (found.length === 0 ? columns : { ...columns, words: found }),
  };
}

/** The living latents that are not features of the page, as dots. */
export function otherDots(features: FeatureFile, shown: readonly number[]): PageIndex['others'] {
  const isShown = new Set(shown);
  const others = Array.from(features.sparsity.keys()).filter(
    (latent) => features.sparsity[latent]! > 0 && !isShown.has(latent),
  );
  return {
    logFrequency: others.map((latent) => Number(log10(features.sparsity[latent]!).toFixed(2))),
    logValue: others.map((latent) => Number(log10(features.meanValues[latent]!).toFixed(2))),
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

function logarithm(value: number): number | null {
  return value > 0 ? Number(Math.log10(value).toFixed(4)) : null;
}

/** Five significant digits are more than a person reads. */
export function short(value: number): number {
  return Number(value.toPrecision(5));
}
