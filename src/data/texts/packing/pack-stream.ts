// Packing as `ActivationsStore.get_batch_tokens` of transcoder-circuits does it, to the token.
import type { Context, PackOptions, Span, TokenDocument } from './context.ts';

/**
 * Lay documents end to end and cut them into contexts, `batchSize` of them at a time. A document that goes on in the
 * next context gets a BOS there. Three habits of the original are kept:
 *
 * - what is left of a document when its batch is full is dropped, so that the next batch begins with a new document;
 * - a document that ends exactly with a context leaves that context open until the next document comes, and that one
 *   then counts as going on in the next context: it gets a BOS more, or is dropped when the batch is full;
 * - documents are not separated by anything but what they begin with.
 *
 * A context that is not full when the documents end is dropped; the original drops its whole batch.
 */
export async function* packStream(
  documents: AsyncIterable<TokenDocument>,
  { contextSize, bosId, tally }: Pick<PackOptions, 'contextSize' | 'bosId' | 'tally'>,
  batchSize: number,
): AsyncGenerator<Context, void> {
  let open = emptyContext(contextSize);
  let done = 0; // of this batch
  let batchStart = 0;
  for await (const { index, tokens } of documents) {
    if (done === 0 && open.length === 0) batchStart = index;
    // What is yet to be placed: `extra` times BOS, then the tokens from `offset` on.
    let extra = 0;
    let offset = 0;
    while (extra + tokens.length - offset > 0) {
      const space = contextSize - open.length;
      const fits = extra + tokens.length - offset <= space;
      const bos = Math.min(extra, space);
      open.tokens.fill(bosId, open.length, open.length + bos);
      const start = open.length + bos;
      const length = Math.min(tokens.length - offset, space - bos);
      if (length > 0) {
        open.tokens.set(tokens.subarray(offset, offset + length), start);
        open.spans.push({ start, length, document: index, offset });
      }
      open.length = start + length;
      if (fits) break;
      offset += length;
      extra += 1 - bos;

      done = (done + 1) % batchSize;
      const next =
        done === 0 ? { document: index + 1, skip: 0 } : { document: batchStart, skip: done };
      yield { ...open, next };
      open = emptyContext(contextSize);
      if (done > 0) continue;
      tally.left += tokens.length - offset;
      break;
    }
  }
  if (open.length === contextSize)
    yield { ...open, next: { document: batchStart, skip: done + 1 } };
  else tally.left += open.spans.reduce((sum, { length }) => sum + length, 0);
}

function emptyContext(size: number): { tokens: Int32Array; length: number; spans: Span[] } {
  return { tokens: new Int32Array(size), length: 0, spans: [] };
}
