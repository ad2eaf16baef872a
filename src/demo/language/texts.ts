// Texts of the embedded language as rows of tokens, laid out as those that its model was trained on.
import { join } from 'node:path';
import { kindOfPath, writeFileAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { startProgress } from '../../base/progress.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { sampleDocument } from '../../data/worlds/language/document.ts';

/** Tokens of a row: the context of the embedded model. */
export const ROW_TOKENS = 64;

/** Seeds apart from those of training and of the published evaluation, so that no text is met twice. */
export const TRAINING_SEED = 2_000_003;
export const HELD_OUT_SEED = 3_000_017;

/**
 * Write row after row of a world's texts: each begins with a text of its own, and is filled up with the next, cut where
 * the row ends. Contexts packed in other ways begin amid a text, which the model has never seen.
 */
export function* worldRows(seed: number, tokenizer: Tokenizer): Generator<Int32Array, never> {
  const end = tokenizer.eosId;
  const idOf = idsOfWords(tokenizer);
  for (let index = 0; ; ) {
    const ids = [end];
    while (ids.length < ROW_TOKENS) {
      const { words } = sampleDocument(seed, index++);
      ids.push(...words.map(({ text }) => idOf(text)), end);
    }
    yield Int32Array.from(ids.slice(0, ROW_TOKENS));
  }
}

/** Ids of words, each looked up once. */
export function idsOfWords(tokenizer: Tokenizer): (word: string) => number {
  const known = new Map<string, number>();
  return (word) => {
    const id = known.get(word) ?? tokenizer.singleToken(word);
    known.set(word, id);
    return id;
  };
}

/** The first rows of a seed. */
export function firstRows(
  count: number,
  { seed, tokenizer }: { seed: number; tokenizer: Tokenizer },
): Int32Array[] {
  const rows: Int32Array[] = [];
  for (const row of worldRows(seed, tokenizer)) {
    rows.push(row);
    if (rows.length >= count) break;
  }
  return rows;
}

/** Write rows as a `.jsonl` file of ready-made tokens, unless it stands there already; returns its path. */
export async function writeWorldRows(
  folder: string,
  {
    nRows,
    seed,
    tokenizer,
    signal,
  }: { nRows: number; seed: number; tokenizer: Tokenizer; signal?: AbortSignal | undefined },
): Promise<string> {
  const path = join(folder, `rows-${nRows}-seed-${seed}.jsonl`);
  if ((await kindOfPath(path)) === 'file') return path;
  await makeFolder(folder);
  const progress = startProgress('write texts', { total: nRows, unit: 'rows' });
  try {
    const lines: string[] = [];
    for (const row of worldRows(seed, tokenizer)) {
      signal?.throwIfAborted();
      lines.push(JSON.stringify({ tokens: [...row] }));
      progress.tick();
      if (lines.length >= nRows) break;
    }
    await writeFileAtomic(path, `${lines.join('\n')}\n`);
  } finally {
    progress.end();
  }
  return path;
}
