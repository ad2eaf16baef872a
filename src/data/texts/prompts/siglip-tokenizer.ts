// SigLIP's tokenizers: SentencePiece's unigrams (SigLIP) or byte-pair merges (SigLIP 2) over texts without punctuation, as
// their tokenizer.json says them; a token ends the text, and padding fills the row. After open_clip's HFTokenizer.
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';
import { describeError, UserError } from '../../../base/errors.ts';
import type { TokenizerFiles } from '../tokenizer-files.ts';
import { cleanForSiglip } from './clean-prompt.ts';
import type { PromptTokenizer } from './prompt-tokenizer.ts';

const Token = z.union([z.string(), z.looseObject({ content: z.string() })]);
const Config = z.looseObject({ eos_token: Token, pad_token: Token });
const Spec = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().min(0) })).default([]),
  model: z.looseObject({
    // A list of tokens with their scores, or ids by token.
    vocab: z.union([
      z.array(z.tuple([z.string(), z.number()])).min(1),
      z.custom<object>((value) => typeof value === 'object' && value !== null),
    ]),
  }),
});

/**
 * Build SigLIP's tokenizer from its files.
 * @throws {UserError} when they are damaged, or do not say which tokens end a text and fill a row
 */
export function siglipTokenizer({ name, spec, config }: TokenizerFiles): PromptTokenizer {
  const about = Config.safeParse(config);
  const parsed = Spec.safeParse(spec);
  if (!about.success || !parsed.success) {
    const { path, message } = (about.error ?? parsed.error!).issues[0]!;
    throw new UserError(`invalid tokenizer: '${name}': ${path.join('.')}: ${message}`, {
      hint: 'tokenizer.json and tokenizer_config.json of a SigLIP model are expected',
    });
  }
  const { added_tokens: added, model } = parsed.data;
  const library = build(name, spec as object, config as object);
  const idOf = (token: z.output<typeof Token>): number => {
    const text = typeof token === 'string' ? token : token.content;
    const id = library.token_to_id(text);
    if (id !== undefined) return id;
    throw new UserError(`missing token '${text}' in tokenizer '${name}'`);
  };
  const [end, padding] = [idOf(about.data.eos_token), idOf(about.data.pad_token)];
  const ids = Array.isArray(model.vocab) ? model.vocab.keys() : Object.values(model.vocab);
  let highest = 0;
  for (const id of [...ids, ...added.map(({ id }) => id)]) highest = Math.max(highest, Number(id));
  return {
    name,
    vocabularySize: highest + 1,
    encode(text, length) {
      const words = cleanForSiglip(text);
      const found = library.encode(words, { add_special_tokens: false }).ids;
      const tokens = new Int32Array(length).fill(padding);
      tokens.set([...found.slice(0, length - 1), end]);
      return { tokens, isCut: found.length > length - 1 };
    },
  };
}

function build(name: string, spec: object, config: object): Library {
  try {
    return new Library(spec, config);
  } catch (cause) {
    throw new UserError(`unsupported tokenizer: '${name}': ${describeError(cause)}`, { cause });
  }
}
