import { describe, expect, test } from 'vitest';
import { UserError } from '../../../base/errors.ts';
import { sampleDocument } from '../../worlds/language/document.ts';
import { TextConfig } from '../config.ts';
import { loadTokenizer } from '../load-tokenizer.ts';
import { readContexts } from '../packing/contexts.ts';
import type { ReadOptions, TextDocument } from './documents.ts';
import { openTexts } from './open-texts.ts';

async function read(config: object, options?: ReadOptions): Promise<TextDocument[]> {
  const source = await openTexts(TextConfig.parse({ type: 'text-world', ...config }));
  const documents: TextDocument[] = [];
  for await (const document of source.documents(options)) documents.push(document);
  return documents;
}

describe('texts of type text-world', () => {
  test('are those of the seed, numbered', async () => {
    const documents = await read({ nDocuments: 3, seed: 4 });
    expect(documents).toEqual(
      [0, 1, 2].map((index) => ({
        index,
        source: `world 4#${index}`,
        content: sampleDocument(4, index).text,
      })),
    );
  });

  test('go on where one asks, without writing those before', async () => {
    const all = await read({ nDocuments: 5 });
    expect(await read({ nDocuments: 5 }, { start: 3 })).toEqual(all.slice(3));
    const [late] = await read({ nDocuments: 10_000_001 }, { start: 10_000_000 });
    expect(late!.content).toBe(sampleDocument(0, 10_000_000).text);
  });

  test('refuse to begin after their end', async () => {
    await expect(read({ nDocuments: 5 }, { start: 6 })).rejects.toThrow(UserError);
    await expect(read({ nDocuments: 5 }, { start: 6 })).rejects.toThrow(/document 6 .* has 5/);
  });

  test('stop when they are told to', async () => {
    const stop = new AbortController();
    const source = await openTexts(TextConfig.parse({ type: 'text-world' }));
    const reading = async () => {
      for await (const { index } of source.documents({ signal: stop.signal }))
        if (index === 2) stop.abort();
    };
    await expect(reading()).rejects.toThrow(/abort/i);
  });

  test.each([
    { nDocuments: 0 },
    { nDocuments: -1 },
    { nDocuments: 1.5 },
    { nDocuments: 1e300 },
    { seed: -1 },
    { seed: 'a' },
    { root: './data' },
  ])('refuse %j', (config) => {
    expect(TextConfig.safeParse({ type: 'text-world', ...config }).success).toBe(false);
  });

  test('fill contexts with their tokens', async () => {
    const source = await openTexts(TextConfig.parse({ type: 'text-world', nDocuments: 4 }));
    const tokenizer = await loadTokenizer('world');
    const packing = { kind: 'documents' } as const;
    let index = 0;
    for await (const { tokens, length } of readContexts(source, tokenizer, {
      packing,
      contextSize: 64,
    })) {
      const { words } = sampleDocument(0, index++);
      expect(length).toBe(words.length + 1);
      expect(tokenizer.decode(tokens.slice(1, length))).toBe(
        words.map(({ text }) => text).join(''),
      );
    }
    expect(index).toBe(4);
  });
});
