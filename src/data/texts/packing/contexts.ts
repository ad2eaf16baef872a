// From documents to contexts: rows of equally many tokens, which is what a language model is run on.
import { UserError } from '../../../base/errors.ts';
import type { TextDocument, TextSource } from '../sources/documents.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { Context, ContextPosition, PackOptions, TokenDocument } from './context.ts';
import { packConcatenated } from './pack-concatenated.ts';
import { packDocuments } from './pack-documents.ts';
import { packStream } from './pack-stream.ts';
import { newTally, type PackingTally } from './tally.ts';

/** Begin of every stream of contexts. */
export const FIRST_CONTEXT: ContextPosition = { document: 0, skip: 0 };

/**
 * Ways to pack. `stream`: as the `get_batch_tokens` of transcoder-circuits, in batches of `batchSize`. `concatenated`: as
 * TransformerLens' `tokenize_and_concatenate`. `documents`: one document a context, cut or padded.
 */
export type Packing =
  | { readonly kind: 'stream'; readonly batchSize: number }
  | { readonly kind: 'concatenated' }
  | { readonly kind: 'documents' };

/** How documents become contexts. */
export interface ContextOptions {
  readonly packing: Packing;
  /** Tokens in a context. */
  readonly contextSize: number;
  /** Begin texts (`concatenated`: contexts) with BOS; true when not given. Ready-made tokens are taken as they are. */
  readonly prependBos?: boolean;
  /** Keep so many tokens of each text, BOS included: the model's own context, which `stream` needs to be faithful. */
  readonly maxDocumentTokens?: number;
  /** Where to begin; the position of a context read earlier, or {@link FIRST_CONTEXT}. */
  readonly position?: ContextPosition;
  /** Counts the tokens that are placed, and those that are left out. */
  readonly tally?: PackingTally;
  readonly signal?: AbortSignal;
}

/**
 * Read contexts, in an order that never changes.
 *
 * @throws {UserError} when an option is no whole number, or a document holds tokens that the tokenizer does not have.
 */
export async function* readContexts(
  source: TextSource,
  tokenizer: Tokenizer,
  options: ContextOptions,
): AsyncGenerator<Context, void> {
  const { packing, prependBos = true, position = FIRST_CONTEXT, signal } = options;
  const { tally = newTally() } = options;
  const least = packing.kind === 'concatenated' && prependBos ? 2 : 1;
  const contextSize = whole('context size', options.contextSize, least);
  const limit = options.maxDocumentTokens;
  const maxTokens = limit === undefined ? undefined : whole('document size', limit, 1);
  let skip = whole('context position', position.skip, 0);
  const start = whole('context position', position.document, 0);

  const { bosId, eosId, padId } = tokenizer;
  const pack: PackOptions = { contextSize, bosId, eosId, padId, prependBos, tally };
  // Concatenated contexts begin with BOS, the documents in them do not.
  const encoding = { prependBos: prependBos && packing.kind !== 'concatenated' };
  async function* documents(): AsyncGenerator<TokenDocument, void> {
    for await (const document of source.documents({ start, signal })) {
      signal?.throwIfAborted();
      const { index, content } = document;
      if (typeof content !== 'string') {
        checkTokens(document, content, tokenizer);
        yield { index, tokens: content };
        continue;
      }
      const all = tokenizer.encode(content, encoding);
      const tokens = all.subarray(0, maxTokens);
      tally.cut += all.length - tokens.length;
      yield { index, tokens };
    }
  }
  for await (const context of packed(documents(), packing, pack)) {
    tally.placed += context.spans.reduce((sum, { length }) => sum + length, 0);
    if (skip > 0) skip--;
    else yield context;
  }
}

function packed(
  documents: AsyncGenerator<TokenDocument, void>,
  packing: Packing,
  options: PackOptions,
): AsyncGenerator<Context, void> {
  switch (packing.kind) {
    case 'stream':
      return packStream(documents, options, whole('batch size', packing.batchSize, 1));
    case 'concatenated':
      return packConcatenated(documents, options);
    case 'documents':
      return packDocuments(documents, options);
  }
}

function checkTokens(document: TextDocument, tokens: Int32Array, tokenizer: Tokenizer): void {
  const { vocabularySize, name } = tokenizer;
  const odd = tokens.find((id) => id < 0 || id >= vocabularySize);
  if (odd === undefined) return;
  throw new UserError(`unknown token ${odd} in '${document.source}'`, {
    hint: `tokenizer '${name}' has tokens 0 to ${vocabularySize - 1}; these were made with another`,
  });
}

function whole(what: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError(`invalid ${what}: ${value}`, {
    hint: `give a whole number from ${least} on`,
  });
}
