// Packing as TransformerLens' `tokenize_and_concatenate` does it (version 3.9, transformer_lens/utilities/tokenize_utils.py).
import type { Context, PackOptions, Span, TokenDocument } from './context.ts';

/** Documents that `datasets` hands to a mapped function at a time. */
const BLOCK = 1000;

/**
 * Join each thousand documents, with EOS between them, and cut the row into contexts; what does not fill one is dropped.
 * Only when a thousand documents do not fill a single context is that one padded. With `prependBos`, each context begins
 * with BOS; where a document that brings its own would come next, that one is left out.
 *
 * Versions before 3 cut the text into 20 pieces before tokenizing it, which broke words; that is not repeated.
 */
export async function* packConcatenated(
  documents: AsyncIterable<TokenDocument>,
  options: PackOptions,
): AsyncGenerator<Context, void> {
  let block: TokenDocument[] = [];
  for await (const document of documents) {
    block.push(document);
    if (block.length < BLOCK) continue;
    yield* contextsOf(block, options);
    block = [];
  }
  if (block.length > 0) yield* contextsOf(block, options);
}

function* contextsOf(
  block: readonly TokenDocument[],
  { contextSize, bosId, eosId, padId, prependBos, tally }: PackOptions,
): Generator<Context, void> {
  const first = prependBos ? 1 : 0;
  const size = contextSize - first;
  const total = block.reduce((sum, { tokens }) => sum + tokens.length, block.length - 1);
  const row = new Int32Array(total).fill(eosId);
  const starts: number[] = [];
  let at = 0;
  for (const { tokens } of block) {
    row.set(tokens, at);
    starts.push(at);
    at += tokens.length + 1;
  }
  /** Where a context that should begin at `at` does begin: behind a BOS that a document brings, where it has its own. */
  const beginOf = (at: number): number => {
    while (starts[from + 1]! <= at) from++;
    const isOwn = prependBos && at === starts[from] && block[from]!.tokens[0] === bosId;
    return isOwn ? at + 1 : at;
  };
  let from = 0;
  let begin = beginOf(0);
  for (let number = 0; number === 0 || begin + size <= total; number++) {
    const end = Math.min(total, begin + size);
    const tokens = new Int32Array(contextSize).fill(padId);
    if (prependBos) tokens[0] = bosId;
    tokens.set(row.subarray(begin, end), first);
    const spans: Span[] = [];
    for (let i = from; i < block.length && starts[i]! < end; i++) {
      const low = Math.max(begin, starts[i]!);
      const length = Math.min(end, starts[i]! + block[i]!.tokens.length) - low;
      if (length <= 0) continue;
      const { index: document } = block[i]!;
      spans.push({ start: first + low - begin, length, document, offset: low - starts[i]! });
    }
    const length = first + end - begin;
    begin = beginOf(end);
    const next =
      begin + size <= total
        ? { document: block[0]!.index, skip: number + 1 }
        : { document: block.at(-1)!.index + 1, skip: 0 };
    yield { tokens, length, spans, next };
  }
  for (const [i, { tokens }] of block.entries()) {
    tally.left += Math.max(0, starts[i]! + tokens.length - Math.max(begin, starts[i]!));
  }
}
