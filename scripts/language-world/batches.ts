// Texts of the world as the model is fed them.

import { feedsOf } from '../../src/backbones/language/running/feeds.ts';
import { sum } from '../../src/base/arrays.ts';
import { CHARACTER_OF_BYTE } from '../../src/data/texts/byte-alphabet.ts';
import { sampleDocument, type WorldDocument } from '../../src/data/worlds/language/document.ts';
import type { Behaviour, Word } from '../../src/data/worlds/language/words.ts';
import type { Feeds } from '../training/fed-weights.ts';
import { CONFIG, SHARES } from './model.ts';
import { worldVocabulary } from './tokenizer.ts';

const SPACE = CHARACTER_OF_BYTE[0x20]!;
const IDS: ReadonlyMap<string, number> = new Map(worldVocabulary().map((token, id) => [token, id]));
const END = CONFIG.dVocab - 1;

/** Id of a word as it stands in a text. */
export function idOf(word: string): number {
  const id = IDS.get(word.replace(' ', SPACE));
  if (id === undefined) throw new Error(`'${word}' is no token`);
  return id;
}

function idsOf({ words }: WorldDocument): number[] {
  return words.map(({ text }) => idOf(text));
}

/** A row to train on. */
export interface TrainingRow {
  readonly ids: Int32Array;
  /** 1 where the token is a decision at a place that the words before it make certain. */
  readonly decided: Uint8Array;
}

/** Behaviours whose decisions come at a place of their own choice: where brackets close, where a verb stands. */
const UNCERTAIN: readonly Behaviour[] = ['agreement', 'brackets'];

/** Rows that begin with a text and are filled up with following ones. */
export function* trainingRows(seed: number, firstText: number): Generator<TrainingRow, never> {
  const { nCtx } = CONFIG;
  for (let index = firstText; ; ) {
    const ids = [END];
    const decided = [0];
    while (ids.length < nCtx) {
      const document = sampleDocument(seed, index++);
      ids.push(...idsOf(document), END);
      decided.push(...document.words.map((word) => (isCertain(word) ? 1 : 0)), 0);
    }
    yield {
      ids: Int32Array.from(ids.slice(0, nCtx)),
      decided: Uint8Array.from(decided.slice(0, nCtx)),
    };
  }
}

function isCertain({ behaviour, decision }: Word): boolean {
  return decision !== undefined && !UNCERTAIN.includes(behaviour);
}

/** Texts of a seed, one a row, with the token that ends them. */
export function evaluationRows(documents: readonly WorldDocument[]): Int32Array[] {
  return documents.map((document) => {
    const row = new Int32Array(CONFIG.nCtx).fill(END);
    row.set(idsOf(document), 1);
    return row;
  });
}

/** What a language graph is fed for rows. */
export function feedsOfRows(rows: readonly Int32Array[]): Feeds {
  return feedsOf({ rows, length: CONFIG.nCtx }, CONFIG);
}

/**
 * The same, and each prediction's share of the loss; the last position predicts nothing. Certain decisions count
 * `weight` times: at such a place this leaves the best prediction as it is, and it is learned sooner.
 */
export function trainingFeeds(rows: readonly TrainingRow[], weight: number): Feeds {
  const { nCtx } = CONFIG;
  const shares = new Float32Array(rows.length * nCtx);
  rows.forEach(({ decided }, r) => {
    for (let p = 0; p + 1 < nCtx; p++) shares[r * nCtx + p] = decided[p + 1] === 1 ? weight : 1;
  });
  const total = sum(shares);
  return feedsOfRows(rows.map(({ ids }) => ids)).set(SHARES, {
    data: shares.map((share) => share / total),
    shape: [rows.length, nCtx],
  });
}
