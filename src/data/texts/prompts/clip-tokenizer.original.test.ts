// CLIP's tokenizer against open_clip's, on a small vocabulary and on the real one (fixtures/texts/make_prompts.py).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTokenizerFiles, type TokenizerFiles } from '../tokenizer-files.ts';
import { specFromMerges } from '../tokenizer-spec.ts';
import { clipTokenizer } from './clip-tokenizer.ts';

const FOLDER = join(import.meta.dirname, '../../../../fixtures/texts/prompts');
const golden = JSON.parse(readFileSync(join(FOLDER, 'clip.json'), 'utf8'));
const texts: string[] = golden.texts;

/** A row without the zeros at its end. */
function trimmed(tokens: Int32Array): number[] {
  const end = tokens.findLastIndex((id) => id !== 0);
  return [...tokens.subarray(0, end + 1)];
}

describe.each(['tokenizer.json', 'vocab.json and merges.txt'])('%s', (kind) => {
  it.each([77, 16])('gives the ids of open_clip in rows of %i', async (length) => {
    const tokenizer = clipTokenizer(await filesOf(kind));
    for (const [i, text] of texts.entries()) {
      const { tokens, isCut } = tokenizer.encode(text, length);
      expect([text, trimmed(tokens)]).toEqual([text, golden.small[length][i]]);
      expect(tokens.length).toBe(length);
      if (isCut) expect(tokens.at(-1)).toBe(tokenizer.vocabularySize - 1);
    }
  });
});

async function filesOf(kind: string): Promise<TokenizerFiles> {
  const folder = join(FOLDER, 'clip');
  if (kind === 'tokenizer.json') return readTokenizerFiles(folder);
  const [vocab, merges] = ['vocab.json', 'merges.txt'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  const spec = specFromMerges(JSON.parse(vocab!), merges!, '<|endoftext|>');
  return { name: folder, spec, config: {} };
}

function specOf(): unknown {
  const { vocab, merges } = golden.real;
  return { model: { type: 'BPE', vocab, merges } };
}

it('gives the ids of the real vocabulary', () => {
  const tokenizer = clipTokenizer({ name: 'real', spec: specOf(), config: {} });
  expect(tokenizer.vocabularySize).toBe(49408);
  for (const length of [77, 16]) {
    const found = texts.map((text) => trimmed(tokenizer.encode(text, length).tokens));
    expect(found).toEqual(golden.real[length]);
  }
});
