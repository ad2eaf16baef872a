// Which features are listed, and in which order. Features are named by their position in the index.
import type { ConceptMatch, FeatureColumns } from '../../../src/pages/feature-page.ts';
import type { Range } from '../shared/plot-scale.ts';
import type { ViewState } from './view-state.ts';

type Filter = Pick<ViewState, 'query' | 'frequency' | 'value' | 'sort' | 'descending'>;

/** Concepts by the latent that tells them best, best first. */
export type ConceptsByLatent = ReadonlyMap<number, readonly ConceptMatch[]>;

/** Group concepts by latent. */
export function conceptsByLatent(concepts: readonly ConceptMatch[] = []): ConceptsByLatent {
  const groups = new Map<number, ConceptMatch[]>();
  for (const match of [...concepts].sort((a, b) => b.f1 - a.f1)) {
    const group = groups.get(match.latent);
    if (group === undefined) groups.set(match.latent, [match]);
    else group.push(match);
  }
  return groups;
}

/**
 * Filter and sort. A query of digits finds latents whose index starts with them, the exact one first; other text
 * finds labels, concepts and, in texts, tokens that it fires on or makes likelier. Features that a range says nothing about (they never fire) are outside every range.
 */
export function listFeatures(
  columns: FeatureColumns,
  concepts: ConceptsByLatent,
  filter: Filter,
): number[] {
  const { latent, logFrequency, logValue } = columns;
  const query = plain(filter.query.trim());
  const matches = matcher(columns, concepts, query);
  const listed = latent
    .map((_, i) => i)
    .filter(
      (i) =>
        matches(i) &&
        inRange(logFrequency[i]!, filter.frequency) &&
        inRange(logValue[i]!, filter.value),
    );
  const keys = sortKeys(columns, concepts, filter.sort);
  const sign = filter.descending ? -1 : 1;
  listed.sort((a, b) => sign * (keys[a]! - keys[b]!) || latent[a]! - latent[b]!);
  const exact = /^\d+$/.test(query) ? listed.findIndex((i) => latent[i] === Number(query)) : -1;
  if (exact > 0) listed.unshift(...listed.splice(exact, 1));
  return listed;
}

function matcher(
  { latent, label, words }: FeatureColumns,
  concepts: ConceptsByLatent,
  query: string,
): (i: number) => boolean {
  if (query === '') return () => true;
  if (/^\d+$/.test(query)) return (i) => String(latent[i]).startsWith(query);
  return (i) =>
    plain(label[i]!).includes(query) ||
    plain(words?.[i] ?? '').includes(query) ||
    (concepts.get(latent[i]!) ?? []).some(({ concept }) => plain(concept).includes(query));
}

/** A text as it is searched: without capitals, and with the spaces that labels of files write as `_`. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll('_', ' ');
}

function inRange(value: number | null, range: Range | undefined): boolean {
  if (range === undefined) return true;
  return value !== null && value >= range[0] && value <= range[1];
}

/** What features are sorted by; a missing number sorts as the smallest. */
function sortKeys(
  { latent, logFrequency, logValue }: FeatureColumns,
  concepts: ConceptsByLatent,
  sort: Filter['sort'],
): readonly number[] {
  switch (sort) {
    case 'index':
      return latent;
    case 'frequency':
      return logFrequency.map((value) => value ?? -99);
    case 'value':
      return logValue.map((value) => value ?? -99);
    case 'f1':
      return latent.map((i) => concepts.get(i)?.[0]?.f1 ?? -1);
  }
}
