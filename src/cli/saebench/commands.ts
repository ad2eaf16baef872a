// The commands of SAEBench. A new one is a file beside this one and an entry here.
import type { Listed } from '../program/command.ts';

/** Commands of SAEBench, in the order of help. */
export const SAEBENCH: Listed = {
  name: 'saebench',
  summary: 'measure coders of language models as SAEBench does, and write its results',
  commands: [
    {
      name: 'core',
      summary: 'loss, divergence, sparsity, explained variance, norms, every latent',
      load: () => import('./core.ts'),
    },
    {
      name: 'sparse-probing',
      summary: 'how well few latents tell classes of texts, beside the model itself',
      load: () => import('./sparse-probing.ts'),
    },
    {
      name: 'show',
      summary: 'lay results beside each other, those of SAEBench itself included',
      load: () => import('./show.ts'),
    },
  ],
};
