// Texts of the world as the model is fed them.
import { feedsOf } from '../../src/backbones/language/feeds.ts';
import type { OnnxTensor } from '../../src/compute/onnx/session.ts';
import { sampleDocument, type WorldDocument } from '../../src/data/language-world/document.ts';
import { worldVocabulary } from '../../src/data/language-world/tokenizer.ts';
import { CHARACTER_OF_BYTE } from '../../src/data/text/byte-alphabet.ts';
import { CONFIG, SHARES } from './model.ts';

const SPACE = CHARACTER_OF_BYTE[0x20]!;
const IDS: ReadonlyMap<string, number> = new Map(worldVocabulary().map((token, id) => [token, id]));
const END = CONFIG.dVocab - 1;

export type Feeds = Map<string, OnnxTensor>;

/** Id of a word as it stands in a text. */
export function idOf(word: string): number {
  const id = IDS.get(word.replace(' ', SPACE));
  if (id === undefined) throw new Error(`'${word}' is no token`);
  return id;
}

function idsOf({ words }: WorldDocument): number[] {
  return words.map(({ text }) => idOf(text));
}

/** Rows that begin with a text and are filled up with following ones; each is trained on whole. */
export function* trainingRows(seed: number, firstText: number): Generator<Int32Array, never> {
  for (let index = firstText; ; ) {
    const row = [END];
    while (row.length < CONFIG.nCtx) row.push(...idsOf(sampleDocument(seed, index++)), END);
    yield Int32Array.from(row.slice(0, CONFIG.nCtx));
  }
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

/** The same, and equal shares for all predictions; the last position predicts nothing. */
export function trainingFeeds(rows: readonly Int32Array[]): Feeds {
  const { nCtx } = CONFIG;
  const shares = new Float32Array(rows.length * nCtx).fill(1 / (rows.length * (nCtx - 1)));
  for (let last = nCtx - 1; last < shares.length; last += nCtx) shares[last] = 0;
  return feedsOfRows(rows).set(SHARES, { data: shares, shape: [rows.length, nCtx] });
}
