// The list of commands. A new one is a file beside this one and an entry here.
import type { Listed } from './program/command.ts';
import { SAEBENCH } from './saebench/commands.ts';
import { STUDIES } from './studies/commands.ts';
import { SYNTH } from './synth/commands.ts';

/** The commands, in the order of help. */
export const COMMANDS: readonly Listed[] = [
  {
    name: 'activations',
    summary: 'record the activations of a vision or language model',
    load: () => import('./activations.ts'),
  },
  {
    name: 'train',
    summary: 'train sparse autoencoders and transcoders, one or a sweep',
    load: () => import('./train.ts'),
  },
  {
    name: 'visuals',
    summary: 'show what the latents of an autoencoder respond to',
    load: () => import('./visuals.ts'),
  },
  {
    name: 'ask',
    summary: 'say which latents fire on an image or a text',
    load: () => import('./asking/ask.ts'),
  },
  {
    name: 'steer',
    summary: 'change features of an image or a text inside its model, and see what changes behind',
    load: () => import('./steer.ts'),
  },
  {
    name: 'replace',
    summary: 'measure what transcoders in place of MLPs cost a language model',
    load: () => import('./replace.ts'),
  },
  {
    name: 'circuits',
    summary: 'trace the circuit behind a feature or a logit of a language model',
    load: () => import('./circuits.ts'),
  },
  {
    name: 'compare',
    summary: 'lay runs beside each other, as a table and as a page',
    load: () => import('./compare.ts'),
  },
  ...STUDIES,
  SYNTH,
  SAEBENCH,
  {
    name: 'serve',
    summary: 'show everything that was found in one page, and answer what it asks',
    load: () => import('./serve.ts'),
  },
  {
    name: 'publish',
    summary: 'write that page with its data as files for any web host',
    load: () => import('./publish.ts'),
  },
  {
    name: 'inspect',
    summary: 'say what a folder of shards, a checkpoint, a run or visuals hold',
    load: () => import('./inspect.ts'),
  },
  {
    name: 'convert',
    summary: 'convert a checkpoint to another format',
    load: () => import('./convert.ts'),
  },
  {
    name: 'verify',
    summary: 'measure again what has been published of GPT-2 small',
    load: () => import('./verify.ts'),
  },
  {
    name: 'demo',
    summary: 'run the whole road on a small embedded world, of images or of texts',
    load: () => import('./demo.ts'),
  },
];
