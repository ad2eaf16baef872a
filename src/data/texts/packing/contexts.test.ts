import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../../base/errors.ts';
import { loadTokenizer } from '../load-tokenizer.ts';
import type { TextSource } from '../sources/documents.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { Context } from './context.ts';
import { type ContextOptions, type Packing, readContexts } from './contexts.ts';
import { newTally, tallyText } from './tally.ts';

interface Golden {
  texts: string[];
  rows: number[][];
  store: { batchSize: number; contextSize: number; tokens: number[][][]; text: number[][][] }[];
  concatenated: {
    tokenizer: string;
    contextSize: number;
    bos: boolean;
    documents: number;
    contexts: number[][];
  }[];
}
const golden: Golden = JSON.parse(readFileSync('fixtures/texts/contexts.json', 'utf8'));

let gpt2: Tokenizer;
beforeAll(async () => {
  gpt2 = await loadTokenizer('fixtures/texts/gpt2');
});

/** TransformerLens begins every text with BOS, also one that brings its own. */
const withEveryBos = (tokenizer: Tokenizer): Tokenizer => ({
  ...tokenizer,
  encode(text, { maxTokens } = {}) {
    const ids = tokenizer.encode(text, { prependBos: false });
    return Int32Array.of(tokenizer.bosId, ...ids).subarray(0, maxTokens);
  },
});

/** Documents in memory; counts how many were asked for. */
function sourceOf(
  contents: readonly (string | readonly number[])[],
): TextSource & { read: number } {
  const source = {
    name: 'memory',
    read: 0,
    async *documents({ start = 0 } = {}) {
      for (const [index, content] of contents.entries()) {
        if (index < start) continue;
        source.read++;
        const ready = typeof content === 'string' ? content : Int32Array.from(content);
        yield { index, source: `memory#${index}`, content: ready };
      }
    },
  };
  return source;
}

async function collect(contexts: AsyncIterable<Context>): Promise<Context[]> {
  const all: Context[] = [];
  for await (const context of contexts) all.push(context);
  return all;
}

const rowsOf = (contexts: readonly Context[]) => contexts.map(({ tokens }) => Array.from(tokens));

/** Ready-made documents whose tokens tell document and offset apart: `300 * document + offset`, below 650. */
const documents = fc.array(fc.array(fc.integer({ min: 0, max: 649 }), { maxLength: 25 }), {
  maxLength: 20,
});

describe("packing as the original's get_batch_tokens", () => {
  describe.each(golden.store)('batches of $batchSize contexts of $contextSize', (shape) => {
    const { batchSize, contextSize } = shape;
    const options = { packing: { kind: 'stream', batchSize }, contextSize } as const;
    // The original's constructor has thrown away one row to look for tokens, and one more to look for text.
    test('gives its tokens for ready-made rows', async () => {
      const position = { document: 1, skip: 0 };
      const ours = rowsOf(
        await collect(readContexts(sourceOf(golden.rows), gpt2, { ...options, position })),
      );
      const theirs = shape.tokens.flat();
      expect(ours.slice(0, theirs.length)).toEqual(theirs);
      expect(ours.length - theirs.length).toBeLessThanOrEqual(batchSize);
      expect(theirs.length).toBeGreaterThan(0);
    });

    test('gives its tokens for texts', async () => {
      const position = { document: 2, skip: 0 };
      const all = { ...options, position, maxDocumentTokens: 64 };
      const ours = rowsOf(
        await collect(readContexts(sourceOf(golden.texts), withEveryBos(gpt2), all)),
      );
      const theirs = shape.text.flat();
      expect(ours.slice(0, theirs.length)).toEqual(theirs);
      expect(ours.length - theirs.length).toBeLessThanOrEqual(batchSize);
      expect(theirs.length).toBeGreaterThan(0);
    });
  });

  test('a document that ends with its context gives the next one a BOS more', async () => {
    const packing = { kind: 'stream', batchSize: 100 } as const;
    const rows = [
      [1, 2, 3],
      [4, 5],
      [6, 7, 8, 9],
    ];
    const contexts = await collect(readContexts(sourceOf(rows), gpt2, { packing, contextSize: 3 }));
    const bos = gpt2.bosId;
    expect(rowsOf(contexts)).toEqual([
      [1, 2, 3],
      [bos, 4, 5],
      [bos, 6, 7],
      [bos, 8, 9],
    ]);
  });

  test('loses no token but at the end of a batch and of the documents', async () => {
    const packing = { kind: 'stream', batchSize: 1000 } as const;
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 2, max: 9 }), async (rows, contextSize) => {
        const contexts = await collect(
          readContexts(sourceOf(rows), gpt2, { packing, contextSize }),
        );
        const placed = contexts.flatMap((context) =>
          context.spans.flatMap(({ start, length }) =>
            Array.from(context.tokens.subarray(start, start + length)),
          ),
        );
        const given = rows.flat();
        expect(placed).toEqual(given.slice(0, placed.length));
        expect(given.length - placed.length).toBeLessThan(contextSize);
      }),
      { numRuns: 100 },
    );
  });
});

describe("packing as TransformerLens' tokenize_and_concatenate", () => {
  test.each(golden.concatenated)(
    '$documents documents, contexts of $contextSize, $tokenizer, BOS $bos',
    async ({ tokenizer: name, contextSize, bos, documents: count, contexts }) => {
      const tokenizer = await loadTokenizer(`fixtures/texts/${name}`);
      const source = sourceOf(golden.texts.slice(0, count));
      const packing = { kind: 'concatenated' } as const;
      const options = { packing, contextSize, prependBos: bos };
      const ours = await collect(readContexts(source, tokenizer, options));
      expect(rowsOf(ours)).toEqual(contexts);
    },
  );

  test('begins anew after each thousand documents', async () => {
    const rows = Array.from({ length: 2300 }, (_, i) => [i % 600]);
    const options = { packing: { kind: 'concatenated' }, contextSize: 101 } as const;
    const contexts = await collect(readContexts(sourceOf(rows), gpt2, options));
    expect(contexts.map(({ spans }) => spans[0]!.document).filter((i) => i % 1000 === 0)).toEqual([
      0, 1000, 2000,
    ]);
    expect(contexts).toHaveLength(19 + 19 + 5);
    expect(contexts[19]!.next).toEqual({ document: 1000, skip: 1 });
    expect(contexts[18]!.next).toEqual({ document: 1000, skip: 0 });
  });
});

describe('what packing leaves out', () => {
  test.each(['stream', 'concatenated', 'documents'] as const)(
    '%s: every token is counted',
    (kind) =>
      fc.assert(
        fc.asyncProperty(documents, fc.integer({ min: 2, max: 9 }), async (rows, contextSize) => {
          const packing = kind === 'stream' ? { kind, batchSize: 3 } : { kind };
          const tally = newTally();
          const options = { packing, contextSize, prependBos: false, tally };
          await collect(readContexts(sourceOf(rows), gpt2, options));
          expect(tally.placed + tally.cut + tally.left).toBe(rows.flat().length);
        }),
        { numRuns: 50 },
      ),
  );

  test('is said, with its share and where it was lost', async () => {
    const long = ' the'.repeat(20);
    const packing = { kind: 'stream', batchSize: 2 } as const;
    const tally = newTally();
    const options = { packing, contextSize: 4, maxDocumentTokens: 10, tally };
    await collect(readContexts(sourceOf([long, long]), gpt2, options));
    // Of 21 tokens with BOS, 10 are kept; two contexts hold 4 and 3 of them beside a BOS, and end the batch.
    expect(tally).toEqual({ placed: 14, cut: 22, left: 6 });
    expect(tallyText(tally, 'stream')).toBe(
      "packing 'stream' leaves out 28 of 42 tokens (66.7%): 22 behind the first ones of a text, 6 at the ends of batches",
    );
    expect(tallyText(newTally(), 'stream')).toBeUndefined();
  });
});

describe('documents that bring their own BOS', () => {
  test('have it once in contexts that begin with one', async () => {
    const bos = gpt2.bosId;
    const rows = [[bos, 1, 2, 3], [bos, 4], [bos], [5, 6, bos, 7]];
    const packing = { kind: 'concatenated' } as const;
    const read = async (contextSize: number, prependBos = true): Promise<Context[]> =>
      collect(readContexts(sourceOf(rows), gpt2, { packing, contextSize, prependBos }));
    const contexts = await read(4);
    expect(rowsOf(contexts)).toEqual([
      [bos, 1, 2, 3],
      [bos, bos, bos, 4], // the end of a text, then the BOS that the next one brings
      [bos, bos, bos, bos],
      [bos, 5, 6, bos],
    ]);
    expect(contexts[0]!.spans).toEqual([{ start: 1, length: 3, document: 0, offset: 1 }]);
    expect(contexts.map(({ next }) => next)).toEqual([
      { document: 0, skip: 1 },
      { document: 0, skip: 2 },
      { document: 0, skip: 3 },
      { document: 4, skip: 0 },
    ]);
    expect(rowsOf(await read(4, false))[0]).toEqual([bos, 1, 2, 3]);
    expect(rowsOf(await read(30))[0]!.slice(0, 7)).toEqual([bos, 1, 2, 3, bos, bos, 4]);
  });

  test('have it once as texts, too', async () => {
    const the = gpt2.singleToken(' the');
    const texts = ['<|endoftext|> the', ' the'];
    for (const kind of ['documents', 'concatenated'] as const) {
      const options = { packing: { kind }, contextSize: 2 } as const;
      const rows = rowsOf(await collect(readContexts(sourceOf(texts), gpt2, options)));
      expect(rows[0]).toEqual([gpt2.bosId, the]);
    }
  });
});

describe('one document a context', () => {
  const packing = { kind: 'documents' } as const;

  test('cuts what is long, pads what is short, leaves out what is empty', async () => {
    const digits = await loadTokenizer('fixtures/texts/digits');
    const rows = [[], [5, 6, 7, 8, 9], [3]];
    const contexts = await collect(
      readContexts(sourceOf(rows), digits, { packing, contextSize: 4 }),
    );
    expect(rowsOf(contexts)).toEqual([
      [5, 6, 7, 8],
      [3, digits.padId, digits.padId, digits.padId],
    ]);
    expect(contexts.map(({ length }) => length)).toEqual([4, 1]);
    expect(contexts.map(({ spans }) => spans[0]!.document)).toEqual([1, 2]);
  });

  test('begins texts with BOS unless told otherwise', async () => {
    const read = (prependBos?: boolean) =>
      collect(readContexts(sourceOf([' the', '']), gpt2, { packing, contextSize: 2, prependBos }));
    const the = gpt2.singleToken(' the');
    expect(rowsOf(await read())).toEqual([
      [gpt2.bosId, the],
      [gpt2.bosId, gpt2.padId],
    ]);
    expect(rowsOf(await read(false))).toEqual([[the, gpt2.padId]]);
  });
});

const packings: fc.Arbitrary<Packing> = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((batchSize) => ({ kind: 'stream', batchSize }) as const),
  fc.constant({ kind: 'concatenated' } as const),
  fc.constant({ kind: 'documents' } as const),
);

describe('every way of packing', () => {
  test('names for each token the document and the place it comes from', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        packings,
        fc.integer({ min: 2, max: 9 }),
        async (rows, packing, contextSize) => {
          for await (const context of readContexts(sourceOf(rows), gpt2, {
            packing,
            contextSize,
          })) {
            const named = new Int32Array(contextSize).fill(-1);
            for (const { start, length, document, offset } of context.spans) {
              expect(length).toBeGreaterThan(0);
              named.set(rows[document]!.slice(offset, offset + length), start);
            }
            for (const [i, token] of context.tokens.entries()) {
              if (named[i]! >= 0) expect(token).toBe(named[i]);
              else expect(token).toBe(gpt2.bosId); // which is EOS and padding, too
            }
            expect(context.tokens).toHaveLength(contextSize);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('goes on from any context with the same contexts', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        packings,
        fc.integer({ min: 2, max: 9 }),
        fc.nat(),
        async (rows, packing, contextSize, at) => {
          const options: ContextOptions = { packing, contextSize };
          const all = await collect(readContexts(sourceOf(rows), gpt2, options));
          if (all.length === 0) return;
          const stop = at % all.length;
          const position = JSON.parse(JSON.stringify(all[stop]!.next));
          const rest = await collect(readContexts(sourceOf(rows), gpt2, { ...options, position }));
          expect(rest).toEqual(all.slice(stop + 1));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('reads no further than it must', async () => {
    const source = sourceOf(Array.from({ length: 1000 }, () => [1, 2, 3, 4]));
    const packing = { kind: 'stream', batchSize: 2 } as const;
    let count = 0;
    for await (const _ of readContexts(source, gpt2, { packing, contextSize: 6 }))
      if (++count === 4) break;
    expect(source.read).toBeLessThan(10);
  });

  test.each<[string, Partial<ContextOptions>, RegExp]>([
    ['an empty context', { contextSize: 0 }, /invalid context size: 0/],
    ['half a token', { contextSize: 2.5 }, /invalid context size: 2.5/],
    ['no number', { contextSize: Number.NaN }, /invalid context size: NaN/],
    ['an empty batch', { packing: { kind: 'stream', batchSize: 0 } }, /invalid batch size: 0/],
    [
      'a BOS and nothing else',
      { packing: { kind: 'concatenated' }, contextSize: 1 },
      /from 2 on|size: 1/,
    ],
    ['a document of nothing', { maxDocumentTokens: 0 }, /invalid document size: 0/],
    ['a place before the first', { position: { document: -1, skip: 0 } }, /position: -1/],
  ])('refuses %s', async (_, change, message) => {
    const options: ContextOptions = { packing: { kind: 'documents' }, contextSize: 4, ...change };
    const reading = collect(readContexts(sourceOf(['a']), gpt2, options));
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
  });

  test('refuses tokens of another tokenizer, naming where they stand', async () => {
    const options = { packing: { kind: 'documents' }, contextSize: 4 } as const;
    for (const id of [gpt2.vocabularySize, 50_256, -1]) {
      const reading = collect(readContexts(sourceOf([[1], [2, id]]), gpt2, options));
      await expect(reading).rejects.toThrow(`unknown token ${id} in 'memory#1'`);
    }
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const options = {
      packing: { kind: 'documents' },
      contextSize: 1,
      signal: stop.signal,
    } as const;
    const reading = readContexts(sourceOf(['a', 'b']), gpt2, options);
    await reading.next();
    stop.abort(new Error('enough'));
    await expect(reading.next()).rejects.toThrow('enough');
  });
});
