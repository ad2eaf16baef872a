// The k best examples of every latent, kept while examples stream by.
import { createTokenMaps, type TokenMap } from './token-maps.ts';

/** One example in a latent's top-k list. */
export interface TopExample {
  readonly example: number;
  /** What the list is ordered by: the largest value over the example's tokens, or their sum. */
  readonly score: number;
  /** Where the latent fired in the example. */
  readonly map: TokenMap;
}

/** A bounded heap a latent. An example must be offered to a latent at most once. */
export interface TopExamples {
  readonly k: number;
  /** Tell whether an example with this score would enter the list of `latent`. */
  accepts(latent: number, example: number, score: number): boolean;
  /** Enter an example that was accepted, with its `length` non-zero tokens. The arrays are copied. */
  enter(
    latent: number,
    example: number,
    score: number,
    token: Uint32Array,
    value: Float32Array,
    length: number,
  ): void;
  /** The list of a latent: best first, equal scores by example index. */
  list(latent: number): TopExample[];
  /** The same list as columns: of each entry the example, its score, and on how many tokens the latent fired. */
  columns(latent: number): {
    readonly example: Int32Array;
    readonly score: Float64Array;
    readonly length: Uint32Array;
  };
  /** Where the latent fired in entry `j` of its list, after `columns` was asked for. */
  map(latent: number, j: number): TokenMap;
  /** Bytes held. */
  byteLength(): number;
}

/** Create empty lists of at most `k` examples for `dSae` latents, where one example has `nTokens` tokens. */
export function createTopExamples(dSae: number, k: number, nTokens: number): TopExamples {
  const size = new Uint32Array(dSae);
  const scores = new Float64Array(dSae * k);
  const examples = new Int32Array(dSae * k);
  const handles = new Float64Array(dSae * k);
  const lengths = new Uint32Array(dSae * k);
  const isSorted = new Uint8Array(dSae);
  const maps = createTokenMaps(nTokens);

  /** Whether the entry at `a` stands below the one at `b`: lower score, or equal and a later example. */
  const isWorse = (a: number, b: number): boolean =>
    scores[a] === scores[b] ? examples[a]! > examples[b]! : scores[a]! < scores[b]!;

  const swap = (a: number, b: number): void => {
    for (const column of [scores, examples, handles, lengths]) {
      const held = column[a]!;
      column[a] = column[b]!;
      column[b] = held;
    }
  };

  const siftUp = (base: number, start: number): void => {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isWorse(base + i, base + parent)) return;
      swap(base + i, base + parent);
      i = parent;
    }
  };

  const siftDown = (base: number, count: number): void => {
    for (let i = 0; ; ) {
      let worst = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < count && isWorse(base + child, base + worst)) worst = child;
      }
      if (worst === i) return;
      swap(base + i, base + worst);
      i = worst;
    }
  };

  /** Put the entries of a latent in order, worst first: a heap still. */
  const sort = (latent: number): void => {
    if (isSorted[latent] === 1) return;
    isSorted[latent] = 1;
    const base = latent * k;
    const order = Array.from({ length: size[latent]! }, (_, i) => base + i).sort((a, b) =>
      isWorse(a, b) ? -1 : 1,
    );
    for (const column of [scores, examples, handles, lengths]) {
      const held = order.map((slot) => column[slot]!);
      held.forEach((value, i) => {
        column[base + i] = value;
      });
    }
  };

  const columns: TopExamples['columns'] = (latent) => {
    sort(latent);
    const [from, to] = [latent * k, latent * k + size[latent]!];
    return {
      example: examples.slice(from, to).reverse(),
      score: scores.slice(from, to).reverse(),
      length: lengths.slice(from, to).reverse(),
    };
  };

  const mapOf: TopExamples['map'] = (latent, j) => {
    const slot = latent * k + size[latent]! - 1 - j;
    return maps.get(handles[slot]!, lengths[slot]!);
  };

  return {
    k,
    accepts(latent, example, score) {
      if (k === 0) return false;
      if (size[latent]! < k) return true;
      const root = latent * k;
      return score === scores[root] ? example < examples[root]! : score > scores[root]!;
    },
    enter(latent, example, score, token, value, length) {
      const base = latent * k;
      const full = size[latent]! === k;
      isSorted[latent] = 0;
      const slot = full ? base : base + size[latent]!;
      if (full) maps.drop(handles[slot]!, lengths[slot]!);
      else size[latent]!++;
      scores[slot] = score;
      examples[slot] = example;
      handles[slot] = maps.put(token, value, length);
      lengths[slot] = length;
      if (full) siftDown(base, k);
      else siftUp(base, slot - base);
    },
    list(latent) {
      const { example, score } = columns(latent);
      return Array.from(example, (each, j) => ({
        example: each,
        score: score[j]!,
        map: mapOf(latent, j),
      }));
    },
    columns,
    map: mapOf,
    byteLength: () => maps.byteLength() + dSae * (4 + k * 24),
  };
}
