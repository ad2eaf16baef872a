// The commands that measure features on labels. A new one is a file beside this one and an entry here.
import type { Listed } from '../program/command.ts';

/** Commands of the studies, in the order of help. */
export const STUDIES: readonly Listed[] = [
  {
    name: 'classify',
    summary: 'tell classes of images apart with linear heads',
    commands: [
      {
        name: 'train',
        summary: 'train linear heads on activations, or on the codes of an autoencoder',
        load: () => import('./classify-train.ts'),
      },
      {
        name: 'evaluate',
        summary: 'measure trained heads on any set of labelled images',
        load: () => import('./classify-evaluate.ts'),
      },
    ],
  },
  {
    name: 'infer',
    summary: 'encode a whole set of activations and keep the codes',
    load: () => import('./infer.ts'),
  },
  {
    name: 'score',
    summary: 'score every latent on labelled concepts, beside simpler methods',
    load: () => import('./score.ts'),
  },
];
