// Concepts of the embedded language, whose texts say what every word is.
import type { TextContexts } from '../../../activations/types.ts';
import { UserError } from '../../../base/errors.ts';
import { loadTokenizer } from '../../../data/texts/load-tokenizer.ts';
import {
  TEXT_POSITIONS,
  WORD_CONCEPTS,
  wordConcepts,
} from '../../../data/worlds/language/concepts.ts';
import { sampleDocument } from '../../../data/worlds/language/document.ts';
import { type ConceptTruth, kindsOf, type RowTruth } from './truth.ts';

/** Which texts of the world contexts were made of. */
export interface WorldTexts {
  readonly seed: number;
  readonly nDocuments: number;
}

/** Tokens by which the place of a context in its texts is known. */
const ENOUGH = 12;
/** Most tokens that packing may have dropped between two contexts. */
const MOST_DROPPED = 20_000;

/**
 * Find contexts in the texts of the world that they were made of, however they were packed, and say what each of their tokens is.
 * Tokens that are of no text are left out: those that begin or fill up a context.
 * @throws {UserError} when the contexts are not of these texts
 */
export async function languageWorldTruth(
  contexts: Pick<TextContexts, 'tokens' | 'contextSize'>,
  { seed, nDocuments, nExamples }: WorldTexts & { readonly nExamples: number },
): Promise<ConceptTruth> {
  const tokenizer = await loadTokenizer('world');
  const { ids, rows } = textRows(nDocuments, seed, tokenizer);
  const { contextSize } = contexts;
  const truths: (RowTruth | undefined)[] = [];
  let [from, found] = [0, 0];
  for (let example = 0; example < nExamples; example++) {
    const tokens = await contexts.tokens(example);
    const first = tokens[0] === tokenizer.eosId ? 1 : 0;
    const at = placeOf(tokens.subarray(first, first + ENOUGH), ids, from);
    if (at >= 0) {
      found++;
      // Packed one text a context, the next begins before the end of this one's room.
      from = at + 1;
    }
    for (let token = 0; token < contextSize; token++) {
      const place = at - first + token;
      const isSame = at >= 0 && token >= first && ids[place] === tokens[token];
      truths.push(isSame ? rows[place] : undefined);
    }
  }
  if (found === 0) {
    throw new UserError('these contexts are not of the texts of the world', {
      hint: `they would be those of seed ${seed}, ${nDocuments} texts`,
    });
  }
  return {
    source: `the embedded language (seed ${seed})`,
    concepts: WORD_CONCEPTS,
    kinds: kindsOf(WORD_CONCEPTS),
    level: 'token',
    nExamples,
    of: (example, token) => (token < 0 ? undefined : truths[example * contextSize + token]),
  };
}

/** All texts one after the other, each with the token that ends the one before; what is known of each token. */
function textRows(
  nDocuments: number,
  seed: number,
  { eosId, singleToken }: Awaited<ReturnType<typeof loadTokenizer>>,
): { ids: number[]; rows: RowTruth[] } {
  const ids: number[] = [];
  const rows: RowTruth[] = [];
  for (let index = 0; index < nDocuments; index++) {
    const document = sampleDocument(seed, index);
    const truth = wordConcepts(document);
    for (let position = 0; position <= document.words.length; position++) {
      ids.push(position === 0 ? eosId : singleToken(document.words[position - 1]!.text));
      const present = [...WORD_CONCEPTS.keys()].filter(
        (c) => truth[c * TEXT_POSITIONS + position] === 1,
      );
      rows.push({ present, unknown: [] });
    }
  }
  return { ids, rows };
}

/** First place from `from` on where these tokens stand; −1 for none. */
function placeOf(tokens: Int32Array, ids: readonly number[], from: number): number {
  const last = Math.min(ids.length - tokens.length, from + MOST_DROPPED);
  for (let at = from; at <= last; at++) {
    let same = 0;
    while (same < tokens.length && ids[at + same] === tokens[same]) same++;
    if (same === tokens.length) return at;
  }
  return -1;
}
