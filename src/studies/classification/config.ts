// What training and evaluating classification heads can be told; names and defaults are the original's where it has them.
import { z } from 'zod';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import { machineFields, seedField } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';
import { ade20k } from '../../data/datasets/ade20k.ts';
import { imageFolder } from '../../data/datasets/image-folder.ts';
import { imagenet } from '../../data/datasets/imagenet.ts';
import { schemaOf } from '../../data/kinds.ts';

const model = { group: 'Model' };
const output = { group: 'Output' };
const work = { group: 'Work' };

/** A set of images with a class each: a folder of folders where nothing else is said. */
const Images = schemaOf([imageFolder, imagenet, ade20k]);
/** A resolved choice of labelled images. */
export type LabelledImagesConfig = z.output<typeof Images>;

const shards = (which: string) =>
  z
    .string()
    .min(1)
    .optional()
    .describe(`Recorded activations of the ${which} images; unset: they are recorded to dumpTo.`);

/** What heads read of an image, shared by training and evaluation. */
const rowFields = {
  patches: z
    .enum(['cls', 'meanpool', 'patches'])
    .default('cls')
    .describe(
      "What is read of an image: its CLS token, the mean over its patches, or every patch, of which the mean of the logits decides. Of codes, meanpool is the mean of the patches' codes.",
    ),
  layer: z
    .union([z.int(), z.string().min(1)])
    .optional()
    .describe(
      'Block or hook point that is read; unset: where the autoencoder belongs, else the only layer of the shards, else the last norm.',
    )
    .meta({ ...model, alias: 'vitLayer' }),
  vitFamily: z
    .enum(VISION_FAMILIES.map(({ name }) => name))
    .default('clip')
    .describe('Model family that images without shards run through.')
    .meta(model),
  vitCkpt: z
    .string()
    .min(1)
    .optional()
    .describe("Checkpoint; unset: ViT-B-16/openai, or another family's own.")
    .meta(model),
  sae: z
    .string()
    .min(1)
    .optional()
    .describe('Read the codes of this autoencoder: a run, a checkpoint or hf-hub:owner/name.')
    .meta({ ...model, several: true }),
};

const workFields = {
  nWorkers: z
    .int()
    .min(0)
    .default(32)
    .describe('Images that are decoded at the same time, at most 16.')
    .meta(work),
  onBadImage: z
    .enum(['stop', 'skip'])
    .default('stop')
    .describe('What a broken image does: stop the job, or be left out.')
    .meta(work),
  ...machineFields,
  device: deviceField.describe(
    "Accepted so that saev's files and commands work; all work is done on the CPU.",
  ),
};

const dumpTo = z
  .string()
  .min(1)
  .default('./shards')
  .describe('Folder for activations that are recorded.')
  .meta({ ...output, env: 'SAEV_DUMP_TO' });

/** Training classification heads. */
export const ClassifyTrainConfig = z
  .strictObject({
    learningRate: z
      .array(z.number().positive())
      .min(1)
      .default([1e-4])
      .describe('Learning rates; a head is trained with each of them and each weight decay.'),
    weightDecay: z
      .array(z.number().min(0))
      .min(1)
      .default([1e-3])
      .describe('Weight decays of AdamW; a head is trained with each of them and each rate.'),
    nEpochs: z.int().min(1).default(20).describe('Passes over the training images.'),
    batchSize: z.int().min(1).default(512).describe('Rows of one step.'),
    evalEvery: z
      .int()
      .min(1)
      .default(1)
      .describe('Epochs between measurements on the validation images.'),
    trainImgs: Images.optional().describe(
      'Images to learn from; unset: those that the shards were recorded from.',
    ),
    valImgs: Images.optional().describe(
      'Images to measure on; unset: those that the shards were recorded from.',
    ),
    trainShards: shards('training'),
    valShards: shards('validation'),
    kLatents: z
      .array(z.int().min(1))
      .default([])
      .describe('Train heads whose classes read so many latents each, too; needs sae.'),
    ...rowFields,
    dumpTo,
    ckptPath: z
      .string()
      .min(1)
      .default('./checkpoints/contrib/classification')
      .describe('Folder for the heads, a folder each.')
      .meta(output),
    logTo: z
      .string()
      .min(1)
      .default('./logs/contrib/classification')
      .describe('Folder for tables, charts and the report.')
      .meta(output),
    seed: seedField,
    memoryGib: z
      .number()
      .positive()
      .default(2)
      .describe('Memory for rows, in GiB; what takes more is read again every epoch.')
      .meta(work),
    ...workFields,
  })
  .describe('Train linear heads that tell classes of images apart.');
/** A resolved training of classification heads. */
export type ClassifyTrainConfig = z.output<typeof ClassifyTrainConfig>;
/** The same as a person writes it, defaults left out. */
export type ClassifyTrainConfigInput = z.input<typeof ClassifyTrainConfig>;

/** Measuring trained heads on labelled images. */
export const ClassifyEvaluateConfig = z
  .strictObject({
    ckptPath: z
      .string()
      .min(1)
      .default('./checkpoints/contrib/classification')
      .describe('Folder with a folder of each head, or the folder of one.'),
    imgs: Images.optional().describe(
      'Images to measure on; unset: those that the shards were recorded from.',
    ),
    shards: shards('measured'),
    dumpTo,
    logTo: z
      .string()
      .min(1)
      .default('./logs/contrib/classification/evaluation')
      .describe('Folder for tables, charts and the report.')
      .meta(output),
    ...workFields,
  })
  .describe('Measure trained heads on a set of labelled images.');
/** A resolved measurement of classification heads. */
export type ClassifyEvaluateConfig = z.output<typeof ClassifyEvaluateConfig>;
/** The same as a person writes it, defaults left out. */
export type ClassifyEvaluateConfigInput = z.input<typeof ClassifyEvaluateConfig>;
