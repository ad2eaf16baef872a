import { describe, expect, test } from 'vitest';
import { loadTokenizer } from '../load-tokenizer.ts';
import type { TextDocument, TextSource } from '../sources/documents.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createContextStore } from './context-store.ts';
import { type ContextOptions, readContexts } from './contexts.ts';

const gpt2: Tokenizer = await loadTokenizer('fixtures/texts/gpt2');
const options: ContextOptions = {
  packing: { kind: 'stream', batchSize: 3 },
  contextSize: 4,
};

/** Documents of ready-made tokens; counts those read, and breaks once at `breakAt`. */
function source(lengths: readonly number[], breakAt?: number): TextSource & { read: number } {
  let broken = false;
  const self = {
    name: 'tokens',
    read: 0,
    async *documents({ start = 0 } = {}): AsyncGenerator<TextDocument, void> {
      for (const [index, length] of lengths.entries()) {
        if (index < start) continue;
        if (index === breakAt && !broken) {
          broken = true;
          throw new Error('connection lost');
        }
        self.read++;
        const content = Int32Array.from({ length }, (_, j) => (index * 13 + j) % 600);
        yield { index, source: `tokens:${index}`, content };
      }
    },
  };
  return self;
}

const LENGTHS = Array.from({ length: 40 }, (_, i) => 1 + ((i * 5) % 11));

async function all(texts: TextSource, how: ContextOptions): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { tokens, length } of readContexts(texts, gpt2, how)) {
    if (length === how.contextSize) rows.push([...tokens]);
  }
  return rows;
}

describe('a store of contexts', () => {
  test('gives any context, the texts being read once', async () => {
    const texts = source(LENGTHS);
    const expected = await all(source(LENGTHS), options);
    const store = createContextStore(texts, gpt2, options);
    expect([...(await store.tokens(2))]).toEqual(expected[2]);
    expect(texts.read).toBeLessThan(LENGTHS.length);
    expect(await store.reach(Number.POSITIVE_INFINITY)).toBe(expected.length);
    const rows = await Promise.all(expected.map((_, i) => store.tokens(expected.length - 1 - i)));
    expect(rows.map((row) => [...row]).reverse()).toEqual(expected);
    expect(texts.read).toBe(LENGTHS.length);
  });

  test('leaves out contexts that end in padding', async () => {
    const how: ContextOptions = { ...options, packing: { kind: 'documents' } };
    const store = createContextStore(source(LENGTHS), gpt2, how);
    const long = LENGTHS.filter((length) => length >= 4).length;
    expect(await store.reach(1000)).toBe(long);
    await expect(store.tokens(long)).rejects.toThrow(`missing context ${long}`);
    await expect(store.tokens(-1)).rejects.toThrow('invalid context -1');
  });

  test('goes on after a failure as if there had been none', async () => {
    const store = createContextStore(source(LENGTHS, 17), gpt2, options);
    await expect(store.reach(Number.POSITIVE_INFINITY)).rejects.toThrow('connection lost');
    const expected = await all(source(LENGTHS), options);
    expect(await store.reach(Number.POSITIVE_INFINITY)).toBe(expected.length);
    for (const [i, row] of expected.entries()) expect([...(await store.tokens(i))]).toEqual(row);
  });

  test('holds more contexts than one block', async () => {
    const store = createContextStore(source([...LENGTHS, 6000]), gpt2, {
      ...options,
      packing: { kind: 'stream', batchSize: 5000 },
    });
    const n = await store.reach(Number.POSITIVE_INFINITY);
    expect(n).toBeGreaterThan(1024);
    expect(await store.tokens(1024)).not.toEqual(await store.tokens(0));
    expect(await store.tokens(1024)).toHaveLength(4);
  });
});
