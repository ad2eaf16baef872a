// Which images a job reads: one schema for every kind of image set.
import { z } from 'zod';

const imagenet = z
  .strictObject({
    type: z.literal('imagenet').default('imagenet'),
    name: z
      .string()
      .min(1)
      .default('ILSVRC/imagenet-1k')
      .describe('Dataset on the HuggingFace hub, stored as parquet files.'),
    split: z.string().min(1).default('train').describe('Split: train, validation or test.'),
    root: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with the parquet files; without it they are read from the hub.'),
  })
  .describe('ImageNet-1K, or any image dataset of the hub with its layout.');

const imageFolder = z
  .strictObject({
    type: z.literal('image-folder'),
    root: z
      .string()
      .min(1)
      .default('./data/split')
      .describe('Folder that holds one folder of images a class.'),
  })
  .describe('A folder of images, one folder a class.');

const ade20k = z
  .strictObject({
    type: z.literal('ade20k'),
    root: z
      .string()
      .min(1)
      .default('./data/ade20k')
      .describe('Folder with images/, annotations/ and sceneCategories.txt.'),
    split: z.enum(['training', 'validation']).default('training').describe('Which part to read.'),
  })
  .describe('ADE20K scenes with their segmentation maps.');

/** Choice of an image set; `type` tells the kind and may be left out for ImageNet. */
export const DatasetConfig = z.discriminatedUnion('type', [imagenet, imageFolder, ade20k]);
/** A resolved choice of an image set. */
export type DatasetConfig = z.output<typeof DatasetConfig>;
/** The same choice as a person writes it, defaults left out. */
export type DatasetConfigInput = z.input<typeof DatasetConfig>;
