// The commands about synthetic worlds. A new one is a file beside this one and an entry here.
import type { Listed } from '../program/command.ts';

/** Commands of synthetic worlds, in the order of help. */
export const SYNTH: Listed = {
  name: 'synth',
  summary: 'train and score autoencoders where the true features are known (SynthSAEBench)',
  commands: [
    {
      name: 'train',
      summary: 'train autoencoders on a synthetic world, over several seeds, and score them',
      load: () => import('./synth-train.ts'),
    },
    {
      name: 'score',
      summary: 'score autoencoders on a synthetic world',
      load: () => import('./synth-score.ts'),
    },
    {
      name: 'make',
      summary: 'make a synthetic world, and write it as a folder that SAELens reads, too',
      load: () => import('./synth-make.ts'),
    },
  ],
};
