// The tokenizer of the embedded language, as HuggingFace's tokenizer.json: GPT-2's byte-level BPE, in which every word
// of the world with the space before it is one token. Any other text falls apart into bytes.
import { CHARACTER_OF_BYTE } from '../../src/data/texts/byte-alphabet.ts';
import { END_OF_TEXT } from '../../src/data/texts/tokenizer-spec.ts';
import { allWords, BRACKETS, OPENERS } from '../../src/data/worlds/language/lexicon.ts';

const SPACE = CHARACTER_OF_BYTE[0x20]!;
/** Words that begin a sentence after another; names do, too. */
const STARTERS = ['The', 'A', 'When'];

/** Tokens by their ids: the 256 bytes, the words, `<|endoftext|>`. */
export function worldVocabulary(): readonly string[] {
  const spaced = [...allWords(), ...STARTERS].map((word) => SPACE + word);
  return [...CHARACTER_OF_BYTE, ...OPENERS, ...spaced, END_OF_TEXT];
}

/**
 * Content of tokenizer.json. Words are found whole (`ignore_merges`); only brackets need merges, because GPT-2 takes
 * ` ).` for one word.
 */
export function worldTokenizerSpec(): object {
  const tokens = worldVocabulary();
  const brackets = BRACKETS.flatMap(({ open, close }) => [open, close]);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: tokens.length - 1, content: END_OF_TEXT, ...flags, special: true }],
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: { ...byteLevel, use_regex: true },
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: brackets.map((bracket) => [SPACE, bracket]),
    },
  };
}

/** Content of tokenizer_config.json. */
export function worldTokenizerConfig(): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: END_OF_TEXT,
    eos_token: END_OF_TEXT,
    unk_token: END_OF_TEXT,
    add_prefix_space: false,
  };
}
