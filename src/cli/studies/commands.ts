// The commands that measure features on labels. A new one is a file beside this one and an entry here.
import type { Listed } from '../program/command.ts';

/** Commands of the studies, in the order of help. */
export const STUDIES: readonly Listed[] = [
  {
    name: 'download',
    summary: 'download a set of images with labels: Caltech-101, CUB-200, Flowers-102, ADE20K',
    load: () => import('./download.ts'),
  },
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
    name: 'semseg',
    summary: 'segment images with linear heads on patches',
    commands: [
      {
        name: 'train',
        summary: 'train linear heads that tell what each patch shows',
        load: () => import('./semseg-train.ts'),
      },
      {
        name: 'validate',
        summary: 'measure trained heads, and say which is best',
        load: () => import('./semseg-validate.ts'),
      },
      {
        name: 'count',
        summary: 'count the patches of each class that show hardly anything else',
        load: () => import('./semseg-count.ts'),
      },
      {
        name: 'propose',
        summary: 'find the latents that tell classes of patches',
        load: () => import('./semseg-propose.ts'),
      },
      {
        name: 'quantify',
        summary: 'measure how edits of features change what a head sees',
        load: () => import('./semseg-quantify.ts'),
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
  {
    name: 'semprobe',
    summary: 'find latents that tell examples with a property from examples without it',
    commands: [
      {
        name: 'score',
        summary: 'score latents on curated images of a concept',
        load: () => import('./semprobe-score.ts'),
      },
      {
        name: 'negatives',
        summary: 'draw images that do not show a concept',
        load: () => import('./semprobe-negatives.ts'),
      },
      {
        name: 'texts',
        summary: 'find latents that tell two sets of texts apart',
        load: () => import('./semprobe-texts.ts'),
      },
    ],
  },
];
