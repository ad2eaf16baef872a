import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { loadTokenizer } from '../../src/data/texts/load-tokenizer.ts';
import { LANGUAGE_WORLD_NAMES, languageWorldFolder } from '../../src/data/worlds/language/asset.ts';
import { sampleDocument } from '../../src/data/worlds/language/document.ts';
import { worldTokenizerConfig, worldTokenizerSpec, worldVocabulary } from './tokenizer.ts';

const FOLDER = 'fixtures/language-world';
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const golden: { bos: number; vocabularySize: number; texts: string[]; ids: number[][] } = read(
  `${FOLDER}/golden.json`,
);
const plain = { prependBos: false };

describe('the tokenizer of the embedded language', () => {
  test("gives the ids of Python's tokenizers and transformers, for texts of the world and awkward ones", async () => {
    const tokenizer = await loadTokenizer('world-gpt2');
    expect(golden.texts).toHaveLength(50);
    for (const [i, text] of golden.texts.entries()) {
      const ids = tokenizer.encode(text, plain);
      expect(Array.from(ids), JSON.stringify(text)).toEqual(golden.ids[i]);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    expect(tokenizer.vocabularySize).toBe(golden.vocabularySize);
    expect([tokenizer.bosId, tokenizer.eosId, tokenizer.padId]).toEqual(Array(3).fill(golden.bos));
  });

  test('has one token for each word of a text, in order', async () => {
    const tokenizer = await loadTokenizer('world');
    for (let i = 0; i < 300; i++) {
      const { text, words } = sampleDocument(11, i);
      const ids = tokenizer.encode(text);
      expect(tokenizer.tokenStrings(ids)).toEqual([
        '<|endoftext|>',
        ...words.map((word) => word.text),
      ]);
    }
  });

  test('is shipped as the vocabulary makes it', () => {
    const folder = languageWorldFolder('world')!;
    expect(read(`${folder}/tokenizer.json`)).toEqual(worldTokenizerSpec());
    expect(read(`${folder}/tokenizer_config.json`)).toEqual(worldTokenizerConfig());
  });

  test('has no token twice, and at most 600', () => {
    const tokens = worldVocabulary();
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.length).toBeLessThanOrEqual(600);
  });

  test('was asked in Python about texts that the world still has', () => {
    const texts: string[] = read(`${FOLDER}/world-texts.json`);
    expect(texts).toEqual(texts.map((_, i) => sampleDocument(7, i).text));
    expect(golden.texts.slice(0, texts.length)).toEqual(texts);
  });

  test('is found by its names only', async () => {
    for (const name of LANGUAGE_WORLD_NAMES) expect(languageWorldFolder(name)).toBeDefined();
    for (const name of ['World', './world', '../world-gpt2', 'world-gpt2@main', ''])
      expect(languageWorldFolder(name)).toBeUndefined();
    await expect(loadTokenizer('./world')).rejects.toThrow(UserError);
  });
});
