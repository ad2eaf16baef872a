// The kinds of things that are found by the files in a folder. A new one is an entry here.
import { studyKindOf } from '../../studies/results/kinds.ts';

/** A kind of folder. */
export interface Kind {
  readonly name: string;
  /** Whether a folder with these files is one. */
  isThere(files: ReadonlySet<string>): boolean;
  /** Whether nothing else lies inside. */
  readonly isLeaf: boolean;
}

/** The kinds. */
export const KINDS: readonly Kind[] = [
  { name: 'run', isThere: (files) => files.has('run.json'), isLeaf: false },
  {
    name: 'coder',
    isThere: (files) => files.has('cfg.json') && files.has('sae_weights.safetensors'),
    isLeaf: true,
  },
  { name: 'features', isThere: (files) => files.has('features.safetensors'), isLeaf: true },
  { name: 'circuit', isThere: (files) => files.has('graph.json'), isLeaf: true },
  {
    name: 'shards',
    isThere: (files) => files.has('metadata.json') && files.has('acts000000.bin'),
    isLeaf: true,
  },
  {
    name: 'head',
    isThere: (files) => files.has('cfg.json') && [...files].some((name) => name.endsWith('.pt')),
    isLeaf: true,
  },
  { name: 'study', isThere: (files) => studyKindOf(files) !== undefined, isLeaf: false },
  { name: 'maps', isThere: (files) => files.has('objectInfo150.txt'), isLeaf: true },
];
