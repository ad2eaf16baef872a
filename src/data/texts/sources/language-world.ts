// The embedded language as a set of texts: as many as one asks for, written while they are read.

import { sampleDocument } from '../../worlds/language/document.ts';
import type { TextFile } from './text-file.ts';

/** Which texts: the first `nDocuments` of the world with this seed. */
export interface WorldTextsOptions {
  readonly nDocuments: number;
  readonly seed: number;
}

/** The texts in order; those that are skipped are not written. */
export function worldTexts({ nDocuments, seed }: WorldTextsOptions): TextFile {
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
