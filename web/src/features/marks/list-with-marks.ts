// Which features are listed when their marks are looked at, too.
import type { Marks } from '../../../../src/pages/marks.ts';
import type { ListFeatures } from '../order.ts';

type Filter = Parameters<ListFeatures>[0] & { readonly bookmarked: boolean };

/** List features; a search finds own names and notes besides, and those that are bookmarked may be listed alone. */
export function listWithMarks(
  list: ListFeatures,
  latents: Uint32Array,
  marks: Marks['features'],
  { bookmarked, ...filter }: Filter,
): Uint32Array {
  const query = filter.query.trim().toLowerCase();
  const isText = query !== '' && !/^\d+$/.test(query);
  const named = isText
    ? Object.entries(marks).filter(([, { name = '', note = '' }]) =>
        `${name}\n${note}`.toLowerCase().includes(query),
      )
    : [];
  let listed = list(filter);
  if (named.length > 0) {
    const found = new Set(listed);
    const also = new Set(named.map(([latent]) => Number(latent)));
    listed = list({ ...filter, query: '' }).filter((i) => found.has(i) || also.has(latents[i]!));
  }
  return bookmarked ? listed.filter((i) => marks[latents[i]!]?.bookmarked === true) : listed;
}
