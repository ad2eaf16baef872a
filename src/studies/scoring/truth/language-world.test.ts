import { expect, it } from 'vitest';
import { loadTokenizer } from '../../../data/texts/load-tokenizer.ts';
import {
  TEXT_POSITIONS,
  WORD_CONCEPTS,
  wordConcepts,
} from '../../../data/worlds/language/concepts.ts';
import { sampleDocument } from '../../../data/worlds/language/document.ts';
import { languageWorldTruth } from './language-world.ts';

const documents = Array.from({ length: 6 }, (_, i) => sampleDocument(5, i));

it.each([8, 20, 64])(
  'knows the words of contexts of %i tokens, wherever they are cut',
  async (contextSize) => {
    const tokenizer = await loadTokenizer('world');
    const stream: { id: number; concepts: number[] }[] = [];
    for (const document of documents) {
      const truth = wordConcepts(document);
      document.words.forEach(({ text }, i) => {
        const concepts = [...WORD_CONCEPTS.keys()].filter(
          (c) => truth[c * TEXT_POSITIONS + i + 1] === 1,
        );
        stream.push({ id: tokenizer.singleToken(text), concepts });
      });
      stream.push({ id: tokenizer.eosId, concepts: [] });
    }
    const size = contextSize - 1;
    const nExamples = Math.floor(stream.length / size);
    const contexts = {
      contextSize,
      tokens: async (example: number) =>
        Int32Array.from([
          tokenizer.eosId,
          ...stream.slice(example * size, (example + 1) * size).map(({ id }) => id),
        ]),
    };
    const truth = await languageWorldTruth(contexts, { seed: 5, nDocuments: 6, nExamples });
    let known = 0;
    for (let example = 0; example < nExamples; example++) {
      expect(truth.of(example, 0)).toBeUndefined();
      for (let token = 1; token < contextSize; token++) {
        const { id, concepts } = stream[example * size + token - 1]!;
        if (id === tokenizer.eosId) continue;
        expect(truth.of(example, token)?.present).toEqual(concepts);
        known++;
      }
    }
    expect(known).toBeGreaterThan(100);
  },
);

it('refuses contexts of other texts', async () => {
  const contexts = { contextSize: 16, tokens: async () => new Int32Array(16).fill(3) };
  const reading = languageWorldTruth(contexts, { seed: 5, nDocuments: 6, nExamples: 2 });
  await expect(reading).rejects.toThrow('not of the texts of the world');
});
