// The sets of labelled images that can be downloaded. A new one is a file beside this one and an entry here.
import { ade20k } from './ade20k.ts';
import { caltech101 } from './caltech101.ts';
import { cub200 } from './cub200.ts';
import { flowers102 } from './flowers102.ts';
import type { LabelledSet } from './labelled-set.ts';

/** Name of a set of labelled images that can be downloaded. */
export type LabelledSetName = 'caltech101' | 'cub200' | 'flowers102' | 'ade20k';

/** All sets, by name. */
export const LABELLED_SETS: Readonly<Record<LabelledSetName, LabelledSet>> = {
  caltech101,
  cub200,
  flowers102,
  ade20k,
};

/** The names, in the order of help. */
export const LABELLED_SET_NAMES = Object.keys(LABELLED_SETS) as LabelledSetName[];
