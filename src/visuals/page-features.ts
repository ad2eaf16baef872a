// The features of the page as plain numbers and text.
import type { FeatureFile } from './feature-file.ts';
import type { FeatureColumns, FeatureExamples, PageExample, PageIndex } from './page-data.ts';
import { log10 } from './selection.ts';

interface DescribeOptions {
  readonly nExamples: number;
  readonly side: number;
  readonly describe: (example: number) => { label: string; source: string };
}

/** Read a latent's histogram and best examples. */
export async function describeFeature(
  features: FeatureFile,
  latent: number,
  { nExamples, side, describe }: DescribeOptions,
): Promise<FeatureExamples> {
  const top = (await features.top(latent)).slice(0, nExamples);
  const tokens = side * side;
  const upper = top.reduce((most, { map }) => map.value.reduce((a, b) => Math.max(a, b), most), 0);
  const maps = new Uint8Array(top.length * tokens);
  if (tokens > 0) {
    top.forEach(({ map: { token, value } }, j) => {
      for (let i = 0; i < token.length; i++) {
        maps[j * tokens + token[i]!] = Math.round((255 * value[i]!) / upper);
      }
    });
  }
  return {
    histogram: Array.from(await features.histogram(latent)),
    upper: short(upper),
    examples: top.map(({ example, score }) => ({
      example,
      score: short(score),
      ...describe(example),
    })),
    maps: Buffer.from(maps).toString('base64'),
  };
}

/** Gather the statistics of features one after the other. */
export function featureColumns(features: FeatureFile): {
  add(latent: number, examples: readonly PageExample[]): void;
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
  return {
    add(latent, examples) {
      const { label, share } = commonestLabel(examples);
      columns.latent.push(latent);
      columns.logFrequency.push(logarithm(features.sparsity[latent]!));
      columns.logValue.push(logarithm(features.meanValues[latent]!));
      columns.max.push(short(features.maxValues[latent]!));
      columns.percentile.push(short(features.percentiles[latent]!));
      columns.label.push(label);
      columns.labelShare.push(short(share));
    },
    done: () => columns,
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

function commonestLabel(examples: readonly PageExample[]): { label: string; share: number } {
  const counts = new Map<string, number>();
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  let label = '';
  for (const [name, count] of counts) if (count > (counts.get(label) ?? 0)) label = name;
  return { label, share: examples.length === 0 ? 0 : counts.get(label)! / examples.length };
}

function logarithm(value: number): number | null {
  return value > 0 ? Number(Math.log10(value).toFixed(4)) : null;
}

/** Five significant digits are more than a person reads. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}
