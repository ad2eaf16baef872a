// The sets of labelled images that can be downloaded. A new one is a file beside this one and an entry here.
import { ade20k } from './ade20k.ts';
import { caltech101 } from './caltech101.ts';
import { cub200 } from './cub200.ts';
import { flowers102 } from './flowers102.ts';
import type { LabelledSet } from './labelled-set.ts';

/** All sets, by name. */
export const LABELLED_SETS = { caltech101, cub200, flowers102, ade20k } as const satisfies Record<
  string,
  LabelledSet
>;

/** Name of a set of labelled images that can be downloaded. */
export type LabelledSetName = keyof typeof LABELLED_SETS;

/** The names, in the order of help. */
export const LABELLED_SET_NAMES = Object.keys(LABELLED_SETS) as [
  LabelledSetName,
  ...LabelledSetName[],
];
