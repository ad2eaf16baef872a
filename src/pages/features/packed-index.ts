// The index of a page of features as it is written: its columns as base64, each text once. Without Node: the page reads it.

import type {
  FeatureColumns,
  ImagePageIndex,
  OtherLatents,
  PackedFeatures,
  PackedIndex,
  PackedTexts,
  PageIndex,
  TextPageIndex,
  WordLists,
} from '../feature-page.ts';
import { packColumn, unpackFloats, unpackIndices } from './columns.ts';

/** Write an index for a file. */
export function packIndex(index: PageIndex): PackedIndex {
  const { map } = index;
  const { logFrequency, logValue } = index.others;
  return {
    ...index,
    ...(map && { map: { x: packColumn(map.x), y: packColumn(map.y) } }),
    features: packFeatures(index.features),
    others: { logFrequency: packColumn(logFrequency), logValue: packColumn(logValue) },
  } as PackedIndex;
}

/**
 * Read an index that was written.
 *
 * @throws {RangeError} when a column is damaged.
 */
export function unpackIndex(index: PackedIndex): PageIndex {
  const others: OtherLatents = {
    logFrequency: unpackFloats(index.others.logFrequency),
    logValue: unpackFloats(index.others.logValue),
  };
  if (others.logFrequency.length !== others.logValue.length) {
    throw new RangeError('the other latents are damaged');
  }
  const features = unpackFeatures(index.features);
  const map = index.map && { x: unpackFloats(index.map.x), y: unpackFloats(index.map.y) };
  if (map && (map.x.length !== features.latent.length || map.y.length !== map.x.length)) {
    throw new RangeError('the map of features is damaged');
  }
  return { ...index, features, others, ...(map && { map }) } as ImagePageIndex | TextPageIndex;
}

/** Write the columns of features. */
export function packFeatures({ label, words, ...columns }: FeatureColumns): PackedFeatures {
  const { latent, logFrequency, logValue, max, percentile, labelShare } = columns;
  return {
    count: latent.length,
    latent: packColumn(latent),
    logFrequency: packColumn(logFrequency),
    logValue: packColumn(logValue),
    max: packColumn(max),
    percentile: packColumn(percentile),
    label: packTexts(label),
    labelShare: packColumn(labelShare),
    ...(words && {
      words: { ...words, start: packColumn(words.start), index: packColumn(words.index) },
    }),
  };
}

/**
 * Read the columns of features.
 *
 * @throws {RangeError} when one is damaged, or shorter or longer than the others.
 */
export function unpackFeatures(packed: PackedFeatures): FeatureColumns {
  const columns: FeatureColumns = {
    latent: unpackIndices(packed.latent),
    logFrequency: unpackFloats(packed.logFrequency),
    logValue: unpackFloats(packed.logValue),
    max: unpackFloats(packed.max),
    percentile: unpackFloats(packed.percentile),
    label: unpackTexts(packed.label),
    labelShare: unpackFloats(packed.labelShare),
  };
  for (const [name, column] of Object.entries(columns)) {
    if (column.length === packed.count) continue;
    throw new RangeError(`${packed.count} features, ${column.length} entries of ${name}`);
  }
  if (packed.words === undefined) return columns;
  return { ...columns, words: unpackWords(packed.words, packed.count) };
}

/** List the words of each feature: each word once, and for each feature which. */
export function wordLists(lists: readonly (readonly string[])[]): WordLists {
  const table = textTable();
  const start = new Uint32Array(lists.length + 1);
  const index: number[] = [];
  lists.forEach((list, i) => {
    for (const word of list) index.push(table.indexOf(word));
    start[i + 1] = index.length;
  });
  return { texts: table.texts, start, index: Uint32Array.from(index) };
}

function packTexts(column: readonly string[]): PackedTexts {
  const table = textTable();
  const index = Uint32Array.from(column, table.indexOf);
  return { texts: table.texts, index: packColumn(index) };
}

function unpackTexts({ texts, index }: PackedTexts): string[] {
  return Array.from(unpackIndices(index), (i) => {
    const text = texts[i];
    if (text === undefined) throw new RangeError(`label ${i} is missing`);
    return text;
  });
}

function unpackWords(
  { texts, ...packed }: NonNullable<PackedFeatures['words']>,
  count: number,
): WordLists {
  const start = unpackIndices(packed.start);
  const index = unpackIndices(packed.index);
  const isAscending = start.every((at, i) => at >= (start[i - 1] ?? 0));
  const isWhole = start.length === count + 1 && start[0] === 0 && start[count] === index.length;
  if (!isAscending || !isWhole || index.some((i) => i >= texts.length)) {
    throw new RangeError('the words of the features are damaged');
  }
  return { texts, start, index };
}

/** Numbers texts as they come, each once. */
function textTable(): { readonly texts: string[]; indexOf(text: string): number } {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  return {
    texts,
    indexOf(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
  };
}
