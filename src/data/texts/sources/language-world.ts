// The embedded language as a set of texts: as many as one asks for, written while they are read.
import { z } from 'zod';
import { sampleDocument } from '../../worlds/language/document.ts';
import type { TextFile } from './text-file.ts';
import { textKind } from './text-kind.ts';

const schema = z
  .strictObject({
    type: z.literal('text-world'),
    nDocuments: z.int().min(1).default(20_000).describe('Texts, of about 43 words each.'),
    seed: z.int().min(0).default(0).describe('Seed of the texts.'),
  })
  .describe('Texts of the embedded language, whose structure is known.');

/** The first `nDocuments` texts of the world with a seed. */
export const worldTexts = textKind({
  schema,
  name: ({ seed }) => `world ${seed}`,
  datasetPath: ({ type }) => type,
  files: async (config) => [worldFile(config)],
});

/** The texts in order; those that are skipped are not written. */
function worldFile({ nDocuments, seed }: { nDocuments: number; seed: number }): TextFile {
  return {
    async *documents(skip) {
      const first = Math.min(skip.left, nDocuments);
      skip.left -= first;
      for (let index = first; index < nDocuments; index++) {
        yield { source: `world ${seed}#${index}`, content: sampleDocument(seed, index).text };
      }
    },
  };
}
