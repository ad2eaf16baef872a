// The page over texts: tokens of the contexts on which features fire, and the tables of what features read and write.

import type { Extremes } from '../../analysis/extremes.ts';
import type { FeatureTables } from '../../analysis/feature-tables.ts';
import type {
  TextChunk,
  TextExample,
  TextFacts,
  TextFeature,
  TextGroup,
  TokenTable,
  Weighted,
} from '../../pages/feature-page.ts';
import type { TokenMap } from '../collecting/token-maps.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import { commonestLabel, type FeatureLabel, short } from '../page/feature-columns.ts';
import type { PagePresenter } from '../page/presenter.ts';
import { strongest } from './dashboard.ts';

/** Where the page's texts and tables come from. */
interface TextPageOptions {
  /** Top examples shown of each feature. */
  readonly nExamples: number;
  readonly tables: ReadonlyMap<number, FeatureTables>;
  /** Ids of a context. */
  readonly tokensOf: (context: number) => Promise<Int32Array>;
  readonly tokenStrings: (ids: ArrayLike<number>) => string[];
  readonly facts: TextFacts;
}

/** Present the texts of a feature file. */
export function textPresenter(features: FeatureFile, options: TextPageOptions): PagePresenter {
  const { tables, tokensOf, tokenStrings, facts } = options;
  const shown = new Set<number>();
  return {
    async chunk(latents) {
      const vocabulary = chunkVocabulary(tokenStrings);
      const contexts = new Map<number, readonly number[]>();
      const described: TextFeature[] = [];
      const labels: FeatureLabel[] = [];
      for (const latent of latents) {
        const groups = await groupsOf(features, latent, options);
        for (const { text } of groups.flatMap(({ examples }) => examples)) {
          if (contexts.has(text)) continue;
          shown.add(text);
          contexts.set(text, Array.from(await tokensOf(text), vocabulary.indexOf));
        }
        const table = tables.get(latent)!;
        described.push({
          histogram: Array.from(await features.histogram(latent)),
          upper: short(features.maxValues[latent]!),
          groups,
          ...describeTables(table, vocabulary.indexOf),
        });
        const peaks = (groups[0]?.examples ?? []).map(
          ({ text, at }) => vocabulary.strings[contexts.get(text)![at]!]!,
        );
        const promoted = tokenStrings(table.logits.top.map(({ index }) => index));
        const words = [...new Set([...peaks, ...promoted])];
        labels.push({ ...commonestLabel(peaks), words });
      }
      const encode = encoderOf(vocabulary.strings.length);
      const chunk: TextChunk = {
        features: described,
        vocabulary: vocabulary.strings,
        texts: Object.fromEntries([...contexts].map(([text, tokens]) => [text, encode(tokens)])),
      };
      return { chunk, labels };
    },
    async finish() {
      return {
        index: { modality: 'text', texts: facts },
        islands: [],
        isInline: true,
        nExamples: shown.size,
      };
    },
  };
}

/** Numbers tokens as they come, so that a chunk names each once. */
function chunkVocabulary(tokenStrings: TextPageOptions['tokenStrings']): {
  readonly strings: string[];
  indexOf(id: number): number;
} {
  const strings: string[] = [];
  const indices = new Map<number, number>();
  return {
    strings,
    indexOf(id) {
      const known = indices.get(id);
      if (known !== undefined) return known;
      indices.set(id, strings.length);
      return strings.push(tokenStrings([id])[0]!) - 1;
    },
  };
}

/** Indices into a vocabulary as base64: of uint16 where they fit. */
function encoderOf(size: number): (tokens: readonly number[]) => string {
  const Indices = size <= 2 ** 16 ? Uint16Array : Uint32Array;
  return (tokens) => Buffer.from(Indices.from(tokens).buffer).toString('base64');
}

async function groupsOf(
  features: FeatureFile,
  latent: number,
  { nExamples }: TextPageOptions,
): Promise<TextGroup[]> {
  const top = (await features.top(latent)).slice(0, nExamples);
  if (top.length === 0) return [];
  const bands = await features.bands(latent);
  return [
    { examples: top.map(({ example, map }) => exampleOf(example, strongest(map), map)) },
    ...bands
      .filter(({ count }) => count > 0)
      .map(({ low, high, count, samples }) => ({
        band: { low: short(low), high: short(high), share: short(count / features.meta.nRows) },
        examples: samples.map(({ example, token, map }) => exampleOf(example, token, map)),
      })),
  ];
}

function exampleOf(text: number, at: number, { token, value }: TokenMap): TextExample {
  return { text, at, positions: Array.from(token), values: Array.from(value, short) };
}

function describeTables(
  { logits, embeddings, heads, pullbacks }: FeatureTables,
  indexOf: (id: number) => number,
): Omit<TextFeature, 'histogram' | 'upper' | 'groups'> {
  const weighted = ({ index, value }: Extremes['top'][number]): Weighted => [index, short(value)];
  const both = ({ top, bottom }: Extremes): TokenTable => ({
    top: top.map(weighted),
    bottom: bottom.map(weighted),
  });
  const tokens = (table: Extremes): TokenTable => {
    const named = ({ index, value }: Extremes['top'][number]): Weighted => [
      indexOf(index),
      short(value),
    ];
    return { top: table.top.map(named), bottom: table.bottom.map(named) };
  };
  const { heights, centres } = logits.histogram;
  const half = centres.length > 1 ? (centres[1]! - centres[0]!) / 2 : 0;
  return {
    ...(logits.top.length > 0 && {
      logits: {
        ...tokens(logits),
        heights,
        low: short(centres[0]! - half),
        high: short(centres.at(-1)! + half),
      },
    }),
    ...(embeddings && { embeddings: tokens(embeddings) }),
    ...(heads && {
      heads: {
        norms: Array.from(heads.norms, short),
        strongest: heads.strongest.map(({ layer, head, ...table }) => ({
          layer,
          head,
          ...tokens(table),
        })),
      },
    }),
    pullbacks: pullbacks.map(both),
  };
}
