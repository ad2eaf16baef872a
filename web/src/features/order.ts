// Which features are listed, and in which order. Features are named by their position in the index.
import type { ConceptMatch, FeatureColumns } from '../../../src/pages/feature-page.ts';
import type { Range } from '../shared/plot-scale.ts';
import type { Sort, ViewState } from './view-state.ts';

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

/** Lists features; orders and the last search are remembered, so that a range that is dragged costs one pass. */
export type ListFeatures = (filter: Filter) => Uint32Array;

/**
 * Make what filters and sorts the features of a page. A query of digits finds latents whose index starts with them, the
 * exact one first; other text finds labels, concepts and, in texts, tokens that a feature fires on or makes likelier.
 * Features that a range says nothing about (they never fire) are outside every range.
 */
export function featureLister(columns: FeatureColumns, concepts: ConceptsByLatent): ListFeatures {
  const { latent, logFrequency, logValue } = columns;
  const orders = new Map<string, Uint32Array>();
  const byLatent = orderBy(latent, latent.keys(), false);
  const orderOf = (sort: Sort, descending: boolean): Uint32Array => {
    const name = `${sort} ${descending}`;
    const known = orders.get(name);
    if (known !== undefined) return known;
    const order = orderBy(sortKeys(columns, concepts, sort), byLatent, descending);
    orders.set(name, order);
    return order;
  };
  let searched = { query: '', matches: undefined as Uint8Array | undefined };
  const search = (query: string): Uint8Array | undefined => {
    if (searched.query !== query) {
      const matches = query === '' ? undefined : matchesOf(columns, concepts, query);
      searched = { query, matches };
    }
    return searched.matches;
  };
  return (filter) => {
    const query = plain(filter.query.trim());
    const matches = search(query);
    const order = orderOf(filter.sort, filter.descending);
    const [fromFrequency, toFrequency] = bounds(filter.frequency);
    const [fromValue, toValue] = bounds(filter.value);
    const isRanged = filter.frequency !== undefined || filter.value !== undefined;
    if (!isRanged && matches === undefined) return order;
    const listed = new Uint32Array(order.length);
    let n = 0;
    for (const i of order) {
      if (matches !== undefined && matches[i] === 0) continue;
      if (isRanged) {
        const [frequency, value] = [logFrequency[i]!, logValue[i]!];
        if (!(frequency >= fromFrequency && frequency <= toFrequency)) continue;
        if (!(value >= fromValue && value <= toValue)) continue;
      }
      listed[n++] = i;
    }
    const found = listed.subarray(0, n);
    if (/^\d+$/.test(query)) moveFirst(found, latent.indexOf(Number(query)));
    return found;
  };
}

/** Ends of a range as precise as the columns are; everything that fires without one. */
function bounds(range: Range | undefined): Range {
  if (range === undefined) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return [Math.fround(range[0]), Math.fround(range[1])];
}

function moveFirst(list: Uint32Array, position: number): void {
  const at = position < 0 ? -1 : list.indexOf(position);
  if (at <= 0) return;
  list.copyWithin(1, 0, at);
  list[0] = position;
}

/**
 * Positions by their keys, equal ones as they come in `positions`. Key and place are the digits of one number, so that
 * the browser's own sort of numbers does it: tens of milliseconds for hundreds of thousands.
 */
function orderBy(
  keys: Float32Array | Uint32Array,
  positions: Iterable<number>,
  descending: boolean,
): Uint32Array {
  const before = Uint32Array.from(positions);
  const placeBits = Math.ceil(Math.log2(before.length + 1));
  const dropped = 2 ** Math.max(0, 32 + placeBits - 53);
  const places = 2 ** placeBits;
  const ordered = orderedIntegers(keys);
  const numbers = Float64Array.from(before, (position, place) => {
    const key = descending ? 2 ** 32 - 1 - ordered[position]! : ordered[position]!;
    return Math.floor(key / dropped) * places + place;
  }).sort();
  return Uint32Array.from(numbers, (number) => before[number % places]!);
}

/** Integers in the order of numbers; of float32 their bits, turned round below zero. NaN comes first. */
function orderedIntegers(keys: Float32Array | Uint32Array): Uint32Array {
  if (keys instanceof Uint32Array) return keys;
  const bits = new Uint32Array(keys.slice().buffer);
  for (let i = 0; i < bits.length; i++) {
    const each = bits[i]!;
    if (Number.isNaN(keys[i])) bits[i] = 0;
    else if (keys[i] === 0)
      bits[i] = 2 ** 31; // −0 is no less than 0.
    else bits[i] = each >= 2 ** 31 ? ~each : each + 2 ** 31;
  }
  return bits;
}

/** What features are sorted by; a missing number sorts as the smallest. */
function sortKeys(
  { latent, logFrequency, logValue }: FeatureColumns,
  concepts: ConceptsByLatent,
  sort: Sort,
): Float32Array | Uint32Array {
  switch (sort) {
    case 'index':
      return latent;
    case 'frequency':
      return logFrequency;
    case 'value':
      return logValue;
    case 'f1':
      return Float32Array.from(latent, (i) => concepts.get(i)?.[0]?.f1 ?? -1);
  }
}

/** 1 for each feature that a search finds. */
function matchesOf(
  { latent, label, words }: FeatureColumns,
  concepts: ConceptsByLatent,
  query: string,
): Uint8Array {
  const matches = new Uint8Array(latent.length);
  if (/^\d+$/.test(query)) {
    latent.forEach((each, i) => {
      matches[i] = Number(beginsWith(each, query));
    });
    return matches;
  }
  const has = remembered((text) => plain(text).includes(query));
  label.forEach((text, i) => {
    matches[i] = Number(has(text));
  });
  if (words !== undefined) {
    const isFound = Uint8Array.from(words.texts, (text) => Number(has(text)));
    for (let i = 0; i < matches.length; i++) {
      for (let at = words.start[i]!; at < words.start[i + 1]!; at++) {
        if (isFound[words.index[at]!] === 1) matches[i] = 1;
      }
    }
  }
  for (const [of, found] of concepts) {
    if (!found.some(({ concept }) => has(concept))) continue;
    const position = latent.indexOf(of);
    if (position >= 0) matches[position] = 1;
  }
  return matches;
}

/** Whether the digits of a number begin with some others. */
function beginsWith(number: number, digits: string): boolean {
  const limit = 10 ** digits.length;
  let begin = number;
  while (begin >= limit) begin = Math.floor(begin / 10);
  return String(begin) === digits;
}

/** The same function, asked once for each text. */
function remembered(ask: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>();
  return (text) => {
    let answer = answers.get(text);
    if (answer === undefined) {
      answer = ask(text);
      answers.set(text, answer);
    }
    return answer;
  };
}

/** A text as it is searched: without capitals, and with the spaces that labels of files write as `_`. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll('_', ' ');
}
