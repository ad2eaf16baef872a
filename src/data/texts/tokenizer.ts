// Text to token ids and back: byte-level BPE as GPT-2, GPT-NeoX and their small relatives use it.
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';
import { joinBytes } from '../../base/arrays.ts';
import { describeError, UserError } from '../../base/errors.ts';
import { addedTokenFinder } from './added-tokens.ts';
import { tokenToBytes } from './byte-alphabet.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';
import { checkSpec, END_OF_TEXT, PREFIX_SPACE, unsupported } from './tokenizer-spec.ts';

/** How a text becomes tokens. */
export interface EncodeOptions {
  /**
   * Begin with the token that begins a text, unless the text brings a special one; true when not given, as in
   * TransformerLens.
   */
  readonly prependBos?: boolean;
  /** Keep only so many tokens from the start. */
  readonly maxTokens?: number;
}

/** A tokenizer with its special tokens. Ids are those of Python's `tokenizers`. */
export interface Tokenizer {
  /** What it was loaded by: a path or a repository. */
  readonly name: string;
  /** Highest id + 1. A model may have more rows than this, never fewer. */
  readonly vocabularySize: number;
  /** Ids of the tokens that begin a text, end it, and fill up a batch. All three are one token in GPT-2. */
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /** Tell whether a token is special: it begins or ends a text, fills up a batch, or was added as such. */
  isSpecial(id: number): boolean;
  /**
   * Turn text into ids, as TransformerLens' `to_tokens` does without its truncation. Special tokens in the text become
   * their ids; where one stands first, none is put before it. A lone surrogate counts as U+FFFD.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Turn ids into text. Bytes that are no UTF-8 become U+FFFD; ids beyond the vocabulary give nothing. */
  decode(ids: ArrayLike<number>): string;
  /** Each id as text of its own, TransformerLens' `to_str_tokens`: a part of a character shows as U+FFFD. */
  tokenStrings(ids: ArrayLike<number>): string[];
  /** Bytes that an id stands for: those of consecutive ids, joined, are the text in UTF-8. */
  tokenBytes(id: number): Uint8Array;
  /**
   * The id of a text that is one token.
   *
   * @throws {UserError} when it is none or several.
   */
  singleToken(text: string): number;
}

/**
 * Check that a tokenizer fits a model.
 *
 * @throws {UserError} when it has tokens beyond the model's embeddings.
 */
export function checkTokenizerFits(
  tokenizer: Tokenizer,
  model: { name: string; vocabularySize: number },
): void {
  if (tokenizer.vocabularySize <= model.vocabularySize) return;
  throw new UserError(`tokenizer '${tokenizer.name}' does not match model '${model.name}'`, {
    hint: `it has ${tokenizer.vocabularySize} tokens, the model knows ${model.vocabularySize}`,
  });
}

/** A special token in tokenizer_config.json: its text, or an object that holds it. */
const SpecialToken = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

const Config = z.looseObject({
  bos_token: SpecialToken,
  eos_token: SpecialToken,
  pad_token: SpecialToken,
  add_prefix_space: z.boolean().nullish(),
});

/**
 * Build a tokenizer from its files.
 *
 * @throws {UserError} when they are damaged or no byte-level BPE.
 */
export function createTokenizer({ name, spec: json, config: given }: TokenizerFiles): Tokenizer {
  const config = Config.safeParse(given);
  if (!config.success)
    throw new UserError(`invalid tokenizer config: '${name}': ${z.prettifyError(config.error)}`);
  if (config.data.add_prefix_space) throw unsupported(name, PREFIX_SPACE);
  const spec = checkSpec(json, name);
  const { addedTokens, normalize } = spec;
  const ids = new Map(Object.entries(spec.vocab));
  for (const { id, content } of addedTokens) ids.set(content, id);

  // TransformerLens' rule (HookedTransformer.set_tokenizer).
  const eos = config.data.eos_token ?? END_OF_TEXT;
  const bos = config.data.bos_token ?? eos;
  const pad = config.data.pad_token ?? eos;
  const special = (token: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new UserError(`missing token '${token}' in tokenizer '${name}'`, {
      hint: 'its tokenizer_config.json names bos_token, eos_token and pad_token',
    });
  };
  const bosId = special(bos);
  const [eosId, padId] = [special(eos), special(pad)];
  const library = build(spec.words, name);
  const stretches = addedTokenFinder(addedTokens, normalize);
  const begin = spec.idsBeforeText.length > 0 ? spec.idsBeforeText : [bosId];
  const specials = new Set([bosId, eosId, padId]);
  const pieces: Uint8Array[] = [];
  for (const [token, id] of ids) pieces[id] = tokenToBytes(token);
  for (const { id, content, special: isSpecial, normalized } of addedTokens) {
    if (isSpecial) specials.add(id);
    // Python's decoder has such a token in its normalised form.
    if (normalized) pieces[id] = tokenToBytes(normalize(content));
  }
  const nothing = new Uint8Array();

  const tokenBytes = (id: number): Uint8Array => {
    if (!Number.isInteger(id) || id < 0)
      throw new UserError(`invalid token: ${id}`, { hint: 'tokens are numbers from 0 on' });
    return pieces[id] ?? nothing;
  };
  const decode = (tokens: ArrayLike<number>): string =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(joinBytes(Array.from(tokens, tokenBytes)));
  const encode = (
    text: string,
    { prependBos = true, maxTokens }: EncodeOptions = {},
  ): Int32Array => {
    const whole = text.replace(/\p{Cs}/gu, '\ufffd');
    try {
      const ids = stretches(whole).flatMap((part) =>
        typeof part === 'number' ? [part] : library.encode(part, { add_special_tokens: false }).ids,
      );
      const all = prependBos && !specials.has(ids[0] ?? -1) ? [...begin, ...ids] : ids;
      return Int32Array.from(maxTokens === undefined ? all : all.slice(0, maxTokens));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UserError(`text too long for the tokenizer: ${text.length} characters`, {
        hint: 'a single word of many millions of characters is no text; check the file',
        cause,
      });
    }
  };
  return {
    name,
    vocabularySize: pieces.length,
    bosId,
    eosId,
    padId,
    isSpecial: (id) => specials.has(id),
    encode,
    decode,
    tokenStrings: (tokens) => Array.from(tokens, (id) => decode([id])),
    tokenBytes,
    singleToken(text) {
      const tokens = encode(text, { prependBos: false });
      if (tokens.length === 1) return tokens[0]!;
      const parts = Array.from(tokens, (id) => JSON.stringify(decode([id]))).join(' ');
      const isWord = encode(` ${text}`, { prependBos: false }).length === 1;
      const meant = isWord ? `; ' ${text}', with a space before it, is one` : '';
      throw new UserError(`invalid token: '${text}' is ${tokens.length} tokens, not one`, {
        hint: tokens.length > 0 && tokens.length < 9 ? `they are ${parts}${meant}` : undefined,
      });
    },
  };
}

function build(spec: object, name: string): Library {
  try {
    return new Library(spec, {});
  } catch (cause) {
    throw new UserError(`unsupported tokenizer: '${name}': ${describeError(cause)}`, { cause });
  }
}
