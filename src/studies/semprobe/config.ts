// What semantic probes can be told.
import { z } from 'zod';
import { DataLoad } from '../../activations/config.ts';
import { machineFields, seedField } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';
import { DatasetConfig } from '../../data/datasets/config.ts';

const coder = z
  .string()
  .min(1)
  .default('./runs')
  .describe(
    'The coder: a run (of several, or of a folder of runs, the newest), a checkpoint, or hf-hub:owner/name.',
  )
  .meta({ alias: ['saeCkpt', 'sae'], several: true });

/** Scoring latents on curated images. */
export const SemprobeScoreConfig = z
  .strictObject({
    ckpt: coder,
    data: DataLoad.prefault({})
      .describe('Activations of the curated images: recorded, or of a model that runs along.')
      .meta({ alias: 'acts' }),
    images: DatasetConfig.prefault({})
      .describe(
        'The curated images, in folders <task>-positive and <task>-negative; unset: those that were recorded.',
      )
      .meta({ alias: 'imgs' }),
    thresholds: z
      .array(z.number())
      .min(1)
      .default([0, 1, 3, 10, 30, 100])
      .describe(
        'A latent says yes of an image where the sum of its codes over the rows is above one of these.',
      ),
    topK: z.int().min(1).default(5).describe('Latents shown for each task.'),
    includeLatents: z.array(z.int().min(0)).default([]).describe('Latents shown in any case.'),
    dumpTo: z
      .string()
      .min(1)
      .default('./semprobe')
      .describe('Folder that scores.csv and scores.json are written to.'),
    batchSize: z.int().min(1).default(2048).describe('Rows encoded at once.'),
    nWorkers: z
      .int()
      .min(0)
      .default(32)
      .describe('Accepted for saev; one thread reads ahead.')
      .meta({ group: 'Machine' }),
    ...machineFields,
    device: deviceField,
  })
  .describe('Score every latent on how it tells curated images of a concept from others.');
/** A resolved choice of what to score. */
export type SemprobeScoreConfig = z.output<typeof SemprobeScoreConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SemprobeScoreConfigInput = z.input<typeof SemprobeScoreConfig>;

/** Drawing images that do not show a concept. */
export const SemprobeNegativesConfig = z
  .strictObject({
    dumpTo: z
      .string()
      .min(1)
      .default('./data/contrib/semprobe/test')
      .describe('Folder in which a folder <class>-negative is written for each class.'),
    images: DatasetConfig.prefault({}).describe('Images to draw from.').meta({ alias: 'imgs' }),
    classes: z
      .array(z.string().min(1))
      .min(1)
      .default(['brazil', 'cool', 'germany', 'crash'])
      .describe('Concepts to draw images for.'),
    nImgs: z.int().min(1).default(20).describe('Images for each of them.'),
    skip: z
      .array(z.string().min(1))
      .default([])
      .describe('Images to leave out: their numbers, names or paths.'),
    seed: seedField,
  })
  .describe('Draw images at random that are to be those without a concept.');
/** A resolved choice of images to draw. */
export type SemprobeNegativesConfig = z.output<typeof SemprobeNegativesConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SemprobeNegativesConfigInput = z.input<typeof SemprobeNegativesConfig>;

/** Finding latents that tell texts apart. */
export const SemprobeTextsConfig = z
  .strictObject({
    sae: coder.meta({ alias: ['saeCkpt', 'ckpt'], several: true }),
    with: z
      .string()
      .min(1)
      .describe(
        'Texts that have a property: a .txt file, one a line, a .jsonl or .parquet file, or a folder.',
      ),
    without: z.string().min(1).describe('Texts that have it not.'),
    documents: z
      .enum(['line', 'paragraph', 'file'])
      .default('line')
      .describe('What is a text in a .txt file.'),
    pool: z
      .enum(['max', 'mean'])
      .default('max')
      .describe("What stands for a text: a latent's largest code on its tokens, or the mean."),
    topK: z.int().min(1).default(10).describe('Latents shown for either side.'),
    tokens: z.int().min(0).default(3).describe('Tokens shown of each latent, the strongest.'),
    maxTokens: z.int().min(1).default(128).describe('Tokens of a text that are read.'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('The language model; unset: the one that the coder was trained on.'),
    tokenizer: z.string().min(1).optional().describe("Its tokenizer; unset: the model's."),
    processing: z
      .boolean()
      .optional()
      .describe('Process its weights as TransformerLens does; unset: as in training, else yes.'),
    layer: z
      .string()
      .min(1)
      .optional()
      .describe('Hook point that the coder reads; unset: as its checkpoint says.')
      .meta({ alias: 'hookPoint' }),
    head: z.int().min(0).optional().describe('Attention head, for hook points that have several.'),
    dumpTo: z
      .string()
      .min(1)
      .default('./semprobe')
      .describe('Folder that texts.csv and texts.json are written to.'),
    batchTexts: z.int().min(1).default(16).describe('Texts in one run of the model.'),
    ...machineFields,
    device: deviceField,
  })
  .describe('Find the latents that tell texts with a property from texts without it.');
/** A resolved choice of texts to tell apart. */
export type SemprobeTextsConfig = z.output<typeof SemprobeTextsConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SemprobeTextsConfigInput = z.input<typeof SemprobeTextsConfig>;
