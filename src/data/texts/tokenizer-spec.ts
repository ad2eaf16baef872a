// What a tokenizer.json may hold, and how it must be put for @huggingface/tokenizers to give Python's ids.
//
// That library runs the tokenizers of language models with two errors, both in how text is cut into words: its ByteLevel
// step takes JavaScript's \s for white space (which has U+FEFF and lacks U+0085), and its Digits step knows only 0 to 9,
// where Python's takes every number of Unicode. Its Split step is right, so both are written as that.
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { AddedToken, Normalize } from './added-tokens.ts';
import { idsBeforeText } from './post-processor.ts';

/** One step of cutting text into words, or several in a row. */
interface PreTokenizer {
  readonly type: string;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean | null;
  readonly individual_digits?: boolean;
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly pattern?: unknown;
  readonly pretokenizers?: PreTokenizer[];
}
const PreTokenizer: z.ZodType<PreTokenizer> = z.looseObject({
  type: z.string(),
  add_prefix_space: z.boolean().optional(),
  use_regex: z.boolean().nullish(),
  individual_digits: z.boolean().optional(),
  behavior: z.string().optional(),
  invert: z.boolean().optional(),
  get pretokenizers() {
    return z.array(PreTokenizer).optional();
  },
});

const Step = z.looseObject({ type: z.string() });

/** Far above every vocabulary, and low enough for an array. */
const MAX_ID = 2 ** 24;

const AddedTokenSchema = z.looseObject({
  id: z.int().min(0).max(MAX_ID),
  content: z.string().min(1),
  single_word: z.boolean().optional(),
  lstrip: z.boolean().optional(),
  rstrip: z.boolean().optional(),
  normalized: z.boolean().optional(),
  special: z.boolean().optional(),
});

const Model = z.looseObject({
  type: z.string().optional(),
  // Checked below: a record of zod's would lose a token named __proto__.
  vocab: z.custom<Record<string, number>>((value) => typeof value === 'object' && value !== null),
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  dropout: z.number().nullish(),
  byte_fallback: z.boolean().optional(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
});

const Spec = z.looseObject({
  added_tokens: z.array(AddedTokenSchema).default([]),
  normalizer: Step.nullish(),
  pre_tokenizer: PreTokenizer.nullish(),
  post_processor: Step.nullish(),
  decoder: Step.nullish(),
  model: Model,
});
type TokenizerSpec = z.output<typeof Spec>;

/** A tokenizer.json whose every part is supported, taken apart. */
export interface CheckedSpec {
  readonly vocab: Readonly<Record<string, number>>;
  readonly addedTokens: readonly AddedToken[];
  readonly normalize: Normalize;
  /** Tokens that the tokenizer puts before a text by itself. */
  readonly idsBeforeText: readonly number[];
  /** What cuts text between added tokens, once it is normalised: a tokenizer.json for @huggingface/tokenizers. */
  readonly words: object;
}

/** How GPT-2 cuts text into words, after its encoder.py; `tokenizers` has it built into ByteLevel. */
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Token that ends a text where no file names another: GPT-2's and GPT-NeoX's. */
export const END_OF_TEXT = '<|endoftext|>';

/** Why a tokenizer is refused that turns `word` at the start of a text into the token of ` word`. */
export const PREFIX_SPACE = 'it puts a space before each text';

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'];

/**
 * Check a tokenizer.json and put it so that the library's ids are Python's. `where` names the file in errors.
 *
 * @throws {UserError} when it is damaged, or no byte-level BPE.
 */
export function checkSpec(json: unknown, where: string): CheckedSpec {
  const type = (json as { model?: { type?: unknown } } | null)?.model?.type;
  if (typeof type === 'string' && type !== 'BPE') throw unsupported(where, `its model is ${type}`);
  const parsed = Spec.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw invalid(where, `${path.slice(0, 3).join('.') || 'file'}: ${message}`);
  }
  const spec = parsed.data;
  checkModel(spec.model, where);
  checkAddedTokens(spec, where);
  const normalize = normalizerOf(spec.normalizer, where);
  const preTokenizer = spec.pre_tokenizer;
  if (!isByteLevel(preTokenizer) || spec.decoder?.type !== 'ByteLevel')
    throw unsupported(where, 'it is not byte-level');
  return {
    vocab: spec.model.vocab,
    addedTokens: spec.added_tokens,
    normalize,
    idsBeforeText: beforeText(spec, where),
    words: {
      ...spec,
      added_tokens: [],
      model: { ...spec.model, type: 'BPE' },
      normalizer: null,
      pre_tokenizer: rewrite(preTokenizer!, where),
      post_processor: null,
    },
  };
}

/**
 * Read the tokens and merges of a tokenizer.json, those added included, whatever it says about words.
 * @throws {UserError} when they are damaged, or those of another model than BPE
 */
export function readVocabulary(
  json: unknown,
  where: string,
): { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly unknown[] } {
  const parsed = z
    .looseObject({ added_tokens: Spec.shape.added_tokens, model: Model })
    .safeParse(json);
  const type = (json as { model?: { type?: unknown } } | null)?.model?.type;
  if (typeof type === 'string' && type !== 'BPE') throw unsupported(where, `its model is ${type}`);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw invalid(where, `${path.slice(0, 3).join('.') || 'file'}: ${message}`);
  }
  const { added_tokens, model } = parsed.data;
  const added = added_tokens.map(({ id, content }) => [content, id] as const);
  const vocab = Object.fromEntries([...Object.entries(model.vocab), ...added]);
  checkVocabulary({ vocab, merges: model.merges }, where);
  return { vocab, merges: model.merges };
}

function beforeText(spec: TokenizerSpec, where: string): readonly number[] {
  try {
    return idsBeforeText(spec.post_processor);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw unsupported(where, cause.message);
  }
}

/** The tokenizer.json that vocab.json and merges.txt of GPT-2 stand for. */
export function specFromMerges(vocab: unknown, merges: string, endOfText: string): unknown {
  const lines = merges.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines[0]?.startsWith('#version')) lines.shift();
  const id = (vocab as Record<string, unknown> | null)?.[endOfText];
  return {
    added_tokens: id === undefined ? [] : [{ id, content: endOfText, special: true }],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: lines.filter((line) => line !== '') },
  };
}

function checkModel(model: z.output<typeof Model>, where: string): void {
  if (model.dropout) throw unsupported(where, 'it drops merges at random (dropout)');
  if (model.byte_fallback) throw unsupported(where, 'it falls back to tokens for single bytes');
  if (model.continuing_subword_prefix || model.end_of_word_suffix)
    throw unsupported(where, 'it marks the parts of a word');
  checkVocabulary(model, where);
}

/** Ids are numbers, each of one token, and merges are of tokens that there are. */
function checkVocabulary(
  model: Pick<z.output<typeof Model>, 'vocab' | 'merges'>,
  where: string,
): void {
  const entries = Object.entries(model.vocab);
  if (entries.length === 0) throw invalid(where, 'its vocabulary is empty');
  const odd = entries.find(([, id]) => !(Number.isInteger(id) && id >= 0 && id <= MAX_ID));
  if (odd !== undefined) throw invalid(where, `the id of '${odd[0]}' is ${odd[1]}`);
  if (new Set(entries.map(([, id]) => id)).size < entries.length)
    throw invalid(where, 'two tokens of its vocabulary have one id');
  const known = new Set(entries.map(([token]) => token));
  for (const merge of model.merges) {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    const missing = [...pair, pair.join('')].find((token) => !known.has(token));
    if (pair.length !== 2) throw invalid(where, `the merge '${pair.join(' ')}' is no pair`);
    if (missing !== undefined)
      throw invalid(where, `the merge '${pair.join(' ')}' needs the missing token '${missing}'`);
  }
}

function checkAddedTokens({ added_tokens, model }: TokenizerSpec, where: string): void {
  const taken = new Map(Object.entries(model.vocab).map(([token, id]) => [id, token]));
  for (const { id, content, single_word } of added_tokens) {
    if (single_word) throw unsupported(where, `its token '${content}' is matched as a whole word`);
    const other = taken.get(id);
    if (other !== undefined && other !== content)
      throw invalid(where, `'${other}' and '${content}' have one id, ${id}`);
    taken.set(id, content);
  }
}

/** The function that normalises text: Unicode's forms, of the version that Node has. */
function normalizerOf(step: z.output<typeof Step> | null | undefined, where: string): Normalize {
  if (step == null) return (text) => text;
  if (FORMS.includes(step.type)) return (text) => text.normalize(step.type);
  if (step.type !== 'Sequence') throw unsupported(where, `it normalizes by ${step.type}`);
  const parts = z.array(Step).safeParse(step.normalizers);
  if (!parts.success) throw invalid(where, 'its normalizer is a damaged sequence');
  const steps = parts.data.map((part) => normalizerOf(part, where));
  return (text) => steps.reduce((done, normalize) => normalize(done), text);
}

function isByteLevel(step: PreTokenizer | null | undefined): boolean {
  return step?.type === 'ByteLevel' || (step?.pretokenizers ?? []).some(isByteLevel);
}

function rewrite(step: PreTokenizer, where: string): PreTokenizer {
  switch (step.type) {
    case 'Sequence': {
      const steps = (step.pretokenizers ?? []).map((part) => rewrite(part, where));
      return { type: 'Sequence', pretokenizers: steps };
    }
    case 'ByteLevel':
      if (step.add_prefix_space ?? true) throw unsupported(where, PREFIX_SPACE);
      if (step.use_regex === false) return step;
      return { type: 'Sequence', pretokenizers: [split(WORDS), { ...step, use_regex: false }] };
    case 'Digits':
      return split(step.individual_digits ? '\\p{N}' : '\\p{N}+');
    case 'Split':
      if (step.behavior !== 'Isolated' || step.invert)
        throw unsupported(where, `it splits text in the way '${step.behavior}'`);
      return step;
    default:
      throw unsupported(where, `it cuts text into words by ${step.type}`);
  }
}

/** A step that makes every match of an Oniguruma expression a word of its own. */
function split(regex: string): PreTokenizer {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

function invalid(where: string, reason: string): UserError {
  return new UserError(`invalid tokenizer: '${where}': ${reason}`);
}

export function unsupported(where: string, reason: string): UserError {
  return new UserError(`unsupported tokenizer: '${where}': ${reason}`, {
    hint: 'byte-level BPE is supported, as GPT-2 and GPT-NeoX use it',
  });
}
