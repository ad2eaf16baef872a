// SigLIP's tokenizers against open_clip's, on small vocabularies of either kind (fixtures/texts/make_prompts.py).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../base/errors.ts';
import { readTokenizerFiles } from '../tokenizer-files.ts';
import { siglipTokenizer } from './siglip-tokenizer.ts';

const FOLDER = join(import.meta.dirname, '../../../../fixtures/texts/prompts');
const golden = JSON.parse(readFileSync(join(FOLDER, 'siglip.json'), 'utf8'));
/** Joiners between emojis are spaces in some versions of SentencePiece's tables, and not in others. */
const isKnown = (text: string): boolean => !text.includes('\u200d');
const texts: string[] = golden.texts;

describe.each(['siglip', 'siglip2'])('%s', (kind) => {
  it.each([64, 16])('gives the ids of open_clip in rows of %i', async (length) => {
    const tokenizer = siglipTokenizer(await readTokenizerFiles(join(FOLDER, kind)));
    const rows = texts.map((text, i) => [text, golden[kind][length][i]] as const);
    for (const [text, ids] of rows.filter(([text]) => isKnown(text)))
      expect([text, [...tokenizer.encode(text, length).tokens]]).toEqual([text, ids]);
  });
});

it('refuses files that do not say how a text ends, and those of other kinds', () => {
  const [name, spec] = ['x', { model: { type: 'Unigram', unk_id: 0, vocab: [['a', 0]] } }];
  expect(() => siglipTokenizer({ name, spec, config: {} })).toThrow("invalid tokenizer: 'x'");
  const config = { eos_token: '</s>', pad_token: '</s>' };
  expect(() => siglipTokenizer({ name, spec, config })).toThrow(UserError);
  expect(() => siglipTokenizer({ name, spec: { model: { vocab: 3 } }, config })).toThrow('invalid');
});
