// What can be said of rows that are left out.
import { z } from 'zod';

/** Rows that are not read: by the label of a patch, by its place, or by its token. */
export const IgnoreConfig = z
  .strictObject({
    labels: z
      .array(z.union([z.int().min(0).max(255), z.string().min(1)]))
      .min(1)
      .optional()
      .describe(
        'Labels whose patches are left out, by number or name: of segmentation maps, or of labels.bin of the shards.',
      )
      .meta({ alias: ['ignoreLabels', 'data.ignoreLabels'] }),
    patches: z
      .array(z.union([z.int().min(0), z.enum(['cls'])]))
      .min(1)
      .optional()
      .describe('Patches of images, or positions of texts, that are left out, from 0; or cls.'),
    tokens: z
      .array(z.union([z.int().min(0), z.enum(['special'])]))
      .min(1)
      .optional()
      .describe('Tokens of texts that are left out, by their ids; or special.'),
  })
  .describe('Rows that are left out, in training and in every evaluation on rows.');
/** A resolved choice of rows that are left out. */
export type IgnoreConfig = z.output<typeof IgnoreConfig>;
