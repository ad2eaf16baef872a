// The kinds of image sets, and the settings of a job that reads one of them.
import type { z } from 'zod';
import { schemaOf } from '../kinds.ts';
import { ade20k } from './ade20k.ts';
import { imageFolder } from './image-folder.ts';
import { imagenet } from './imagenet.ts';

/** Every kind of image set; the first is meant where a config names none. */
export const DATASET_KINDS = [imagenet, imageFolder, ade20k] as const;

/** Choice of an image set; `type` tells the kind and may be left out for ImageNet. */
export const DatasetConfig = schemaOf(DATASET_KINDS);
/** A resolved choice of an image set. */
export type DatasetConfig = z.output<typeof DatasetConfig>;
/** The same choice as a person writes it, defaults left out. */
export type DatasetConfigInput = z.input<typeof DatasetConfig>;
