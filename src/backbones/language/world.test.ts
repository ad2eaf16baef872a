import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import { loadTokenizer } from '../../data/texts/load-tokenizer.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { languageWorldFolder } from '../../data/worlds/language/asset.ts';
import { LONGEST, sampleDocument } from '../../data/worlds/language/document.ts';
import { accuracies, type Scores, scoreDecisions } from '../../data/worlds/language/score.ts';
import { openLanguageModel } from './open.ts';
import { resolveLanguageModel } from './resolve.ts';
import type { LanguageBackbone } from './types.ts';

const golden: { ids: number[][]; bos: number; losses: number[][] } = JSON.parse(
  readFileSync('fixtures/language-world/golden.json', 'utf8'),
);

/** Texts of a seed that training never saw. */
const SEED = 77_777;
const TEXTS = 150;

let workshop: LanguageWorkshop;
let model: LanguageBackbone;
let tokenizer: Tokenizer;
beforeAll(async () => {
  workshop = await languageWorkshop();
  const opened = await openLanguageModel('world-gpt2', { settings: workshop.settings, threads: 1 });
  model = opened;
  tokenizer = opened.tokenizer;
});
afterAll(async () => {
  await model.close();
  await workshop.close();
});

describe('the shipped language model', () => {
  test('is found by its short name, with its tokenizer beside it', async () => {
    const { settings } = workshop;
    const found = await resolveLanguageModel('world', { settings });
    expect(found.source).toEqual({ kind: 'folder', folder: languageWorldFolder('world') });
    expect(found.config.nCtx).toBeGreaterThanOrEqual(LONGEST + 2);
    expect(found.config.dVocab).toBe(tokenizer.vocabularySize);
    expect((await loadTokenizer('world')).vocabularySize).toBe(tokenizer.vocabularySize);
  });

  test('is named where a name is nearly right', async () => {
    const wrong = resolveLanguageModel('world-gpt', { settings: workshop.settings });
    await expect(wrong).rejects.toMatchObject({
      message: "unknown language model: 'world-gpt'",
      hint: expect.stringContaining("'world-gpt2'"),
    });
  });

  test('takes at most 8 MB', async () => {
    const folder = languageWorldFolder('world')!;
    const sizes = (await readdir(folder)).map(
      async (name) => (await stat(join(folder, name))).size,
    );
    expect((await Promise.all(sizes)).reduce((a, b) => a + b)).toBeLessThanOrEqual(8e6);
  });

  test("has the losses of HuggingFace's GPT-2 with its weights", async () => {
    for (const [i, losses] of golden.losses.entries()) {
      const { perToken } = await model.loss([[golden.bos, ...golden.ids[i]!]]);
      expect(perToken.data).toBeClose(losses, { relative: 1e-4, absolute: 1e-5 });
    }
  });

  test('knows the structure of texts that it has not seen, at almost the least possible loss', async () => {
    const scores: Scores = new Map();
    let [loss, nats, tokens] = [0, 0, 0];
    for (let i = 0; i < TEXTS; i++) {
      const document = sampleDocument(SEED, i);
      const ids = [...tokenizer.encode(document.text), tokenizer.eosId];
      const found = await model.run([ids], { record: ['logits', 'loss'] });
      const logits = found.get('logits')!.data;
      const losses = found.get('loss')!.data;
      for (let p = 0; p + 1 < ids.length; p++) loss += losses[p]!;
      tokens += ids.length - 1;
      nats += document.nats;
      const logitOf = (position: number, word: string): number =>
        logits[position * model.config.dVocab + tokenizer.singleToken(word)]!;
      scoreDecisions(document, logitOf, scores);
    }
    const accuracy = accuracies(scores);
    for (const [behaviour, least] of Object.entries(LEAST))
      expect(accuracy[behaviour as keyof typeof LEAST], behaviour).toBeGreaterThanOrEqual(least);
    expect(loss / tokens).toBeGreaterThan(nats / tokens - 0.02);
    expect(loss / tokens).toBeLessThan(nats / tokens + 0.08);
  });
});

/** Share of right decisions that the shipped model reaches at least. */
const LEAST = {
  agreement: 0.97,
  brackets: 0.97,
  names: 0.97,
  giving: 0.97,
  counting: 0.9,
  parity: 0.9,
  greater: 0.97,
} as const;
