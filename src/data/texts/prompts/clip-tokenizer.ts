// CLIP's tokenizer: byte-level BPE over words in lower case, whose last part carries `</w>`. After open_clip's
// tokenizer.py; the vocabulary is that of the tokenizer.json, or vocab.json and merges.txt, beside published weights.
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { UserError } from '../../../base/errors.ts';
import type { TokenizerFiles } from '../tokenizer-files.ts';
import { readVocabulary } from '../tokenizer-spec.ts';
import { cleanForClip } from './clean-prompt.ts';
import type { PromptTokenizer } from './prompt-tokenizer.ts';

/** Marks the end of a word in CLIP's vocabulary. */
const END_OF_WORD = '</w>';

/** Names of the tokens that begin and end a text: transformers', then open_clip's. */
const STARTS = ['<|startoftext|>', '<start_of_text>'];
const ENDS = ['<|endoftext|>', '<end_of_text>'];

/** Stands in a text for the token that begins or ends one, as open_clip takes it. */
const SIGNS: readonly string[] = [STARTS[1]!, ENDS[1]!];

const WORDS =
  /<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/**
 * Build CLIP's tokenizer from its files. Rows are filled up with 0, as open_clip does.
 * @throws {UserError} when they are damaged, or of another kind
 */
export function clipTokenizer({ name, spec }: TokenizerFiles): PromptTokenizer {
  const { vocab, merges } = readVocabulary(spec, name);
  if (!Object.hasOwn(vocab, `a${END_OF_WORD}`)) {
    throw new UserError(`unsupported tokenizer: '${name}': words of its vocabulary have no end`, {
      hint: "a CLIP model's is expected, whose tokens end with </w>",
    });
  }
  const [start, end] = [idOf(STARTS), idOf(ENDS)];
  const words = new Library(
    {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      post_processor: null,
      decoder: null,
      model: { type: 'BPE', vocab, merges, end_of_word_suffix: END_OF_WORD, unk_token: null },
    },
    {},
  );

  function idOf(names: readonly string[]): number {
    const found = names.find((token) => Object.hasOwn(vocab, token));
    if (found !== undefined) return vocab[found]!;
    throw new UserError(`missing token '${names[0]}' in tokenizer '${name}'`);
  }
  const idsOf = (word: string): readonly number[] =>
    SIGNS.includes(word)
      ? [word === SIGNS[0] ? start : end]
      : words.encode(word, { add_special_tokens: false }).ids;

  return {
    name,
    vocabularySize: 1 + Math.max(...Object.values(vocab)),
    encode(text, length) {
      const tokens = new Int32Array(length);
      const room = length - 1;
      const ids = [start];
      // Nothing beyond the room is read, however long the text is.
      for (const [word] of cleanForClip(text).matchAll(WORDS)) {
        ids.push(...idsOf(word));
        if (ids.length > room) break;
      }
      tokens.set([...ids.slice(0, room), end]);
      return { tokens, isCut: ids.length > room };
    },
  };
}
