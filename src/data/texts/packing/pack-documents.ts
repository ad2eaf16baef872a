// Packing without mixing: what a person reads as one text is one context.
import type { Context, PackOptions, TokenDocument } from './context.ts';

/** Give each document a context of its own, cut at its end or padded there. Documents without a token are left out. */
export async function* packDocuments(
  documents: AsyncIterable<TokenDocument>,
  { contextSize, padId, tally }: Pick<PackOptions, 'contextSize' | 'padId' | 'tally'>,
): AsyncGenerator<Context, void> {
  for await (const { index, tokens: all } of documents) {
    if (all.length === 0) continue;
    const length = Math.min(all.length, contextSize);
    tally.cut += all.length - length;
    const tokens = new Int32Array(contextSize).fill(padId);
    tokens.set(all.subarray(0, length));
    const spans = [{ start: 0, length, document: index, offset: 0 }];
    yield { tokens, length, spans, next: { document: index + 1, skip: 0 } };
  }
}
