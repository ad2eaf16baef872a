import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { startTestHub } from '../../../test/helpers/hub-repos.ts';
import { UserError } from '../../base/errors.ts';
import { CHARACTER_OF_BYTE } from './byte-alphabet.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { checkTokenizerFits, createTokenizer, type Tokenizer } from './tokenizer.ts';

interface Golden {
  texts: string[];
  long: { pieces: [string, number][] }[];
  tokenizers: Record<string, GoldenTokenizer>;
}
interface GoldenTokenizer {
  ids: number[][];
  long: { count: number; sha256: string }[];
  decoded: [number[], string][];
  model: {
    bos: number;
    eos: number;
    pad: number;
    vocabularySize: number;
    texts: string[];
    tokens: number[][];
    tokensWithoutBos: number[][];
    tokensWhole: number[][];
    strTokens: string[];
  };
}

const FOLDER = 'fixtures/texts';
const golden: Golden = JSON.parse(readFileSync(`${FOLDER}/ids.json`, 'utf8'));
const json = (path: string) => JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8'));
const list = (ids: Int32Array) => Array.from(ids);
const plain = { prependBos: false };

describe.each(Object.keys(golden.tokenizers))('tokenizer %s', (name) => {
  const of = golden.tokenizers[name]!;
  const load = () => loadTokenizer(`${FOLDER}/${name}`);

  test("gives the ids of Python's tokenizers for every awkward text", async () => {
    const tokenizer = await load();
    for (const [i, text] of golden.texts.entries())
      expect(list(tokenizer.encode(text, plain)), JSON.stringify(text)).toEqual(of.ids[i]);
  });

  test.each(golden.long.map(({ pieces }, i) => [JSON.stringify(pieces), i] as const))(
    'gives them for the long text %s',
    async (_, i) => {
      const text = golden.long[i]!.pieces.map(([piece, times]) => piece.repeat(times)).join('');
      const ids = (await load()).encode(text, plain);
      const sha256 = createHash('sha256').update(new Uint8Array(ids.buffer)).digest('hex');
      expect({ count: ids.length, sha256 }).toEqual(of.long[i]);
    },
  );

  test('decodes ids in any order as Python does', async () => {
    const tokenizer = await load();
    for (const [ids, text] of of.decoded) expect(tokenizer.decode(ids)).toBe(text);
  });

  test("gives TransformerLens' tokens, with and without BOS, cut or whole", async () => {
    const tokenizer = await load();
    for (const [i, text] of of.model.texts.entries()) {
      // TransformerLens puts a BOS before a text that brings its own, too.
      const whole = of.model.tokensWhole[i]!;
      const once = tokenizer.isSpecial(whole[1] ?? -1) ? whole.slice(1) : whole;
      expect(list(tokenizer.encode(text))).toEqual(once);
      expect(list(tokenizer.encode(text, { maxTokens: 24 }))).toEqual(once.slice(0, 24));
      if (once === whole) expect(once.slice(0, 24)).toEqual(of.model.tokens[i]);
      expect(list(tokenizer.encode(text, plain))).toEqual(of.model.tokensWithoutBos[i]);
    }
  });

  test("knows TransformerLens' special tokens, vocabulary size and string of every token", async () => {
    const { bosId, eosId, padId, vocabularySize, tokenStrings } = await load();
    const { bos, eos, pad, vocabularySize: size, strTokens } = of.model;
    expect({ bosId, eosId, padId }).toEqual({ bosId: bos, eosId: eos, padId: pad });
    expect(vocabularySize).toBe(size);
    expect(tokenStrings(Array.from({ length: size }, (_, id) => id))).toEqual(strTokens);
  });

  test('the bytes of tokens, joined, are the text', async () => {
    const tokenizer = await load();
    const normal = (text: string) => (name === 'gpt2' ? text : text.normalize('NFC'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        fc.pre(!text.includes('<|')); // special tokens may take the spaces around them
        const ids = tokenizer.encode(text, plain);
        const bytes = Buffer.concat(Array.from(ids, tokenizer.tokenBytes));
        expect(bytes.toString('utf8')).toBe(normal(text));
        expect(tokenizer.decode(ids)).toBe(normal(text));
      }),
      { numRuns: 100 },
    );
  });
});

describe("added tokens, as Python's tokenizers find and decode them", () => {
  const added: Record<string, { spec: { model: object }; rows: [string, number[], string][] }> =
    JSON.parse(readFileSync(`${FOLDER}/added.json`, 'utf8'));
  const bytes = [...CHARACTER_OF_BYTE].sort();
  const vocab = Object.fromEntries(bytes.map((character, id) => [character, id]));
  const made = (name: string): Tokenizer => {
    const { spec } = added[name]!;
    const config = { bos_token: '<|endoftext|>' };
    return createTokenizer({
      name,
      spec: { ...spec, model: { ...spec.model, vocab } },
      config,
    });
  };

  test.each(Object.keys(added))('%s', (name) => {
    const tokenizer = made(name);
    for (const [text, ids, decoded] of added[name]!.rows) {
      expect(list(tokenizer.encode(text, plain)), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(decoded);
    }
  });

  test('a tokenizer that ends texts by itself still begins them, and does not end them', () => {
    const x = vocab.x!;
    expect(list(made('ends').encode('x'))).toEqual([256, x]);
    expect(list(made('begins').encode('x'))).toEqual([256, x]);
    expect(list(made('frames').encode('x'))).toEqual([257, x]);
    expect(list(made('roberta').encode('x'))).toEqual([257, x]);
    expect(list(made('ends').encode(''))).toEqual([256]);
    expect(list(made('frames').encode('x', plain))).toEqual([x]);
  });

  test('a text that brings a special token gets none before it', () => {
    const tokenizer = made('frames');
    const x = vocab.x!;
    expect(list(tokenizer.encode('<|endoftext|>x'))).toEqual([256, x]);
    expect(list(tokenizer.encode('<s>x'))).toEqual([257, x]);
    expect(list(tokenizer.encode('x<s>', { maxTokens: 2 }))).toEqual([257, x]);
    expect([0, 256, 257].map(tokenizer.isSpecial)).toEqual([false, true, true]);
    // A token that was added and is no special one is text.
    const strip = made('strip');
    expect(list(strip.encode('<R>'))).toEqual([256, 257]);
  });

  test('a post-processor of an unknown kind is refused', () => {
    const { spec } = added.ends!;
    const odd =
      (post_processor: object): (() => Tokenizer) =>
      () =>
        createTokenizer({
          name: 'odd',
          spec: { ...spec, model: { ...spec.model, vocab }, post_processor },
          config: {},
        });
    expect(odd({ type: 'Surprise' })).toThrow('it ends in the unknown step Surprise');
    expect(odd({ type: 'TemplateProcessing', single: 3 })).toThrow('post_processor.single');
    const single = [{ SpecialToken: { id: 'toString' } }, { Sequence: { id: 'A' } }];
    expect(odd({ type: 'TemplateProcessing', single, special_tokens: {} })).toThrow("'toString'");
  });
});

describe('where a tokenizer comes from', () => {
  const whole = () => loadTokenizer(`${FOLDER}/gpt2`);

  async function expectSame(tokenizer: Tokenizer): Promise<void> {
    const other = await whole();
    const { bosId, eosId, padId, vocabularySize } = other;
    expect(tokenizer).toMatchObject({ bosId, eosId, padId, vocabularySize });
    for (const text of golden.texts) expect(tokenizer.encode(text)).toEqual(other.encode(text));
  }

  test('vocab.json with merges.txt is the same as tokenizer.json', async () => {
    await expectSame(await loadTokenizer(`${FOLDER}/gpt2-old`));
  });

  test('so are the file itself, and a file that leaves out the type of its model', async () => {
    await expectSame(await loadTokenizer(`${FOLDER}/gpt2/tokenizer.json`));
    const spec = json('gpt2/tokenizer.json');
    delete spec.model.type;
    await expectSame(createTokenizer({ name: 'untyped', spec, config: {} }));
  });

  test('and repositories of the hub, in either layout, by name', async () => {
    const hub = await startTestHub();
    const settings = hub.settings();
    const file = (path: string) => readFileSync(`${FOLDER}/${path}`);
    await hub.repo('models/org/gpt2', {
      'tokenizer.json': file('gpt2/tokenizer.json'),
      'tokenizer_config.json': file('gpt2/tokenizer_config.json'),
    });
    await hub.repo('models/org/old', {
      'vocab.json': file('gpt2-old/vocab.json'),
      'merges.txt': file('gpt2-old/merges.txt'),
      'special_tokens_map.json': '{"eos_token": {"content": "<|endoftext|>"}}',
    });
    await hub.repo('models/org/bare', { 'tokenizer.json': file('gpt2/tokenizer.json') });
    try {
      for (const name of ['org/gpt2', 'org/old', 'org/bare'])
        await expectSame(await loadTokenizer(name, { settings }));
      const offline = hub.settings({ offline: true });
      for (const name of ['org/gpt2', 'org/old', 'org/bare'])
        await expectSame(await loadTokenizer(name, { settings: offline }));
      await expect(loadTokenizer('org/none', { settings })).rejects.toThrow(/unknown hub repo/);
    } finally {
      await hub.close();
    }
  });

  test('a folder goes before the hub; a path that leads nowhere is missing', async () => {
    await expect(loadTokenizer('./nowhere')).rejects.toThrow("missing tokenizer: './nowhere'");
    await expect(loadTokenizer('some/tokenizer.json')).rejects.toThrow('missing tokenizer');
    const empty = await makeTree({ 'tok/notes.txt': 'x' });
    await expect(loadTokenizer(join(empty, 'tok'))).rejects.toThrow('has no tokenizer.json');
  });

  test('a tokenizer that begins texts itself does so once', () => {
    const spec = json('digits/tokenizer.json');
    spec.post_processor = {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '<|BOS|>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '<|BOS|>': { id: '<|BOS|>', ids: [1], tokens: ['<|BOS|>'] } },
    };
    const config = { bos_token: '<|BOS|>', eos_token: '<|EOS|>' };
    const tokenizer = createTokenizer({ name: 'x', spec, config });
    expect(list(tokenizer.encode('12')).slice(0, 1)).toEqual([tokenizer.bosId]);
    expect(list(tokenizer.encode('12')).slice(1)).toEqual(list(tokenizer.encode('12', plain)));
    expect(tokenizer.encode('12', plain)).toHaveLength(2);
  });
});

describe('single tokens', () => {
  test('are found by their text, and refused when there are several or none', async () => {
    const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
    expect(tokenizer.decode([tokenizer.singleToken(' the')])).toBe(' the');
    expect(tokenizer.singleToken('<|endoftext|>')).toBe(tokenizer.eosId);
    expect(() => tokenizer.singleToken('xyz!')).toThrow("invalid token: 'xyz!' is 4 tokens");
    expect(() => tokenizer.singleToken('')).toThrow('0 tokens');
  });

  test('show a part of a character as U+FFFD and as its byte', async () => {
    const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
    const ids = tokenizer.encode('☃', plain);
    expect(tokenizer.tokenStrings(ids)).toEqual(['\ufffd', '\ufffd', '\ufffd']);
    expect(Array.from(ids, (id) => [...tokenizer.tokenBytes(id)])).toEqual([[226], [152], [131]]);
    expect(tokenizer.decode(ids)).toBe('☃');
  });

  test('beyond the vocabulary give nothing; what is no id is refused', async () => {
    const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
    expect(tokenizer.decode([70_000, tokenizer.singleToken('a')])).toBe('a');
    for (const id of [-1, 1.5, Number.NaN])
      expect(() => tokenizer.decode([id])).toThrow(/invalid token: /);
  });

  test('a word that is too long for the regular expressions is refused', async () => {
    const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
    expect(() => tokenizer.encode('漢'.repeat(9e6))).toThrow(/too long.*9000000 characters/);
  });

  test('a token named like a part of every object is one like others', () => {
    const spec = json('gpt2/tokenizer.json');
    const vocab = JSON.parse(JSON.stringify(spec.model.vocab).replace('{', '{"__proto__":800,'));
    const added_tokens = [...spec.added_tokens, { id: 800, content: '__proto__' }];
    const model = { ...spec.model, vocab };
    const tokenizer = createTokenizer({
      name: 'x',
      spec: { ...spec, added_tokens, model },
      config: {},
    });
    expect(tokenizer.singleToken('__proto__')).toBe(800);
    expect(tokenizer.decode([800])).toBe('__proto__');
  });

  test('a lone surrogate counts as U+FFFD', async () => {
    const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
    expect(tokenizer.encode('a\ud800b\udfff')).toEqual(tokenizer.encode('a\ufffdb\ufffd'));
  });
});

test('a tokenizer fits a model with as many tokens or more', async () => {
  const tokenizer = await loadTokenizer(`${FOLDER}/gpt2`);
  const fits = (vocabularySize: number) => () =>
    checkTokenizerFits(tokenizer, { name: 'tiny', vocabularySize });
  expect(fits(tokenizer.vocabularySize)).not.toThrow();
  expect(fits(tokenizer.vocabularySize + 47)).not.toThrow();
  expect(fits(tokenizer.vocabularySize - 1)).toThrow(/does not match model 'tiny'/);
});

describe('files that are no byte-level BPE are refused', () => {
  type Parts = Record<string, unknown>;
  const spec = json('gpt2/tokenizer.json');
  const { model, pre_tokenizer: words } = spec;
  const withModel = (parts: Parts): Parts => ({ model: { ...model, ...parts } });
  const withVocabulary = (parts: Parts): Parts =>
    withModel({ vocab: { ...model.vocab, ...parts } });
  const withMerge = (merge: unknown): Parts => withModel({ merges: [...model.merges, merge] });
  const withToken = (parts: Parts): Parts => ({
    added_tokens: [{ ...spec.added_tokens[0], ...parts }],
  });
  const withWords = (...steps: Parts[]): Parts => ({
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...steps, words] },
  });
  const broken = { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' };
  const make = (parts: Parts, config: unknown = {}) =>
    createTokenizer({ name: 'tok', spec: { ...spec, ...parts }, config });

  test.each<[string, Parts, RegExp]>([
    ['another model', withModel({ type: 'Unigram' }), /unsupported.*Unigram/],
    ['no model', { model: undefined }, /invalid tokenizer: 'tok'.*model/],
    ['no vocabulary', withModel({ vocab: undefined }), /model\.vocab/],
    ['an empty vocabulary', withModel({ vocab: {} }), /vocabulary is empty/],
    ['a vocabulary of words', withVocabulary({ a: 'b' }), /the id of 'a' is b/],
    ['an id that is none', withVocabulary({ a: 1e12 }), /the id of 'a' is 1000000000000/],
    ['one id for two tokens', withVocabulary({ a: 5 }), /one id/],
    ['merges that are none', withModel({ merges: [1] }), /merges/],
    ['a merge of three', withMerge('a b c'), /no pair/],
    ['a merge of no token', withMerge(['zz', 'a']), /missing token 'zz'/],
    ['a merge into no token', withMerge(['~', '~']), /missing token '~~'/],
    ['an added token with a taken id', withToken({ id: 3 }), /one id, 3/],
    ['whole-word tokens', withToken({ single_word: true }), /whole word/],
    ['random merges', withModel({ dropout: 0.1 }), /dropout/],
    ['byte fallback', withModel({ byte_fallback: true }), /falls back/],
    ['suffixes', withModel({ end_of_word_suffix: '</w>' }), /parts of a word/],
    ['lower case', { normalizer: { type: 'Lowercase' } }, /normalizes by Lowercase/],
    ['a damaged sequence', { normalizer: { type: 'Sequence' } }, /damaged sequence/],
    ['no words', { pre_tokenizer: null }, /not byte-level/],
    ['words of another kind', { pre_tokenizer: { type: 'Whitespace' } }, /not byte/],
    ['no decoder', { decoder: null }, /not byte-level/],
    ['a step of another kind', withWords({ type: 'Punctuation' }), /words by Punctuation/],
    ['a space before each text', withWords({ ...words, add_prefix_space: true }), /a space/],
    ['another split', withWords({ ...broken, behavior: 'Removed' }), /the way 'Removed'/],
    ['a regular expression that is none', withWords(broken), /unsupported tokenizer: 'tok'/],
  ])('%s', (_, parts, message) => {
    expect(() => make(parts)).toThrow(UserError);
    expect(() => make(parts)).toThrow(message);
  });

  test('a config that is none, or names a token that is missing', () => {
    expect(() => make({}, 'text')).toThrow(/invalid tokenizer config: 'tok'/);
    expect(() => make({}, { bos_token: 7 })).toThrow(/bos_token/);
    expect(() => make({}, { eos_token: '<eos>' })).toThrow("missing token '<eos>'");
    expect(() => make({}, { add_prefix_space: true })).toThrow(/a space before/);
  });

  test('files that are damaged', async () => {
    const root = await makeTree({ 'a/x': '' });
    await cp(`${FOLDER}/gpt2`, join(root, 'cut'), { recursive: true });
    const path = join(root, 'cut', 'tokenizer.json');
    const text = readFileSync(path, 'utf8');
    for (const content of ['', '{', text.slice(0, 5_000), '[1,2]', 'null', '"x"', '\0\0\0\0']) {
      await writeFile(path, content);
      await expect(loadTokenizer(path)).rejects.toThrow(UserError);
    }
    await cp(`${FOLDER}/gpt2-old`, join(root, 'old'), { recursive: true });
    await writeFile(join(root, 'old', 'merges.txt'), '#version: 0.2\na\n');
    await expect(loadTokenizer(join(root, 'old'))).rejects.toThrow(/no pair/);
    await rm(join(root, 'old', 'merges.txt'));
    await expect(loadTokenizer(join(root, 'old'))).rejects.toThrow('has no tokenizer.json');
  });
});
