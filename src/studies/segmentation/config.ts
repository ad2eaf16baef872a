// What training, validating and counting for semantic segmentation can be told; names and defaults are the original's.
import { z } from 'zod';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import { machineFields, seedField } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';

const model = { group: 'Model' };
const output = { group: 'Output' };

const familyField = z.enum(VISION_FAMILIES.map(({ name }) => name));
const layerField = z.union([z.int(), z.string().min(1)]);
const nWorkersField = z
  .int()
  .min(0)
  .default(32)
  .describe('Images that are decoded at the same time, at most 16.');
const device = deviceField.describe(
  "Accepted so that saev's files and commands work; all work is done on the CPU.",
);

const images = (split: 'training' | 'validation', what: string) =>
  z
    .strictObject({
      root: z
        .string()
        .min(1)
        .default('./data/ade20k')
        .describe('Folder with images/, annotations/, sceneCategories.txt and objectInfo150.txt.'),
      split: z.enum(['training', 'validation']).default(split).describe(what),
    })
    .prefault({})
    .describe('Images with segmentation maps, laid out as ADE20K.');

/** Training linear heads on patches. */
export const SemsegTrainConfig = z
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
    nEpochs: z.int().min(1).default(400).describe('Passes over the training images.'),
    batchSize: z.int().min(1).default(1024).describe('Images whose patches make one step.'),
    evalEvery: z
      .int()
      .min(1)
      .default(100)
      .describe('Epochs between evaluations, at which the heads are written, too.'),
    labelThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("Share of a patch's pixels that must have its class for it to be learnt from."),
    keepUnlabelled: z
      .boolean()
      .default(true)
      .describe('Learn class 0, nothing that was labelled, like other classes.'),
    imgs: images(
      'training',
      'Accepted; heads learn from training and are evaluated on validation.',
    ),
    vitFamily: familyField.default('dinov2').describe('Model family.').meta(model),
    vitCkpt: z
      .string()
      .min(1)
      .optional()
      .describe("Checkpoint; unset: dinov2_vitb14_reg, or the family's own.")
      .meta(model),
    vitLayer: layerField
      .default('ln_final.hook_normalized')
      .describe('Block or hook point whose patches heads read; by default the last norm.')
      .meta(model),
    resize: z
      .enum(['model', 'squash'])
      .default('model')
      .describe(
        "How images come to size: as the model's own are, or squashed to 8/7 of it and cut, as the original does.",
      )
      .meta(model),
    trainShards: z
      .string()
      .min(1)
      .optional()
      .describe('Activations of the training images; unset: they are recorded once, to dumpTo.'),
    valShards: z
      .string()
      .min(1)
      .optional()
      .describe('Activations of the validation images; unset: they are recorded once, to dumpTo.'),
    dumpTo: z
      .string()
      .min(1)
      .default('./shards')
      .describe('Folder for activations that are recorded.')
      .meta({ ...output, env: 'SAEV_DUMP_TO' }),
    ckptPath: z
      .string()
      .min(1)
      .default('./checkpoints/contrib/semseg')
      .describe('Folder for the heads, a folder each.')
      .meta(output),
    nWorkers: nWorkersField,
    seed: seedField,
    ...machineFields,
    device,
    logTo: z
      .string()
      .min(1)
      .default('./logs/contrib/semseg')
      .describe('Accepted; logs go to stderr.'),
  })
  .describe('Train linear heads that tell what each patch of an image shows.');
/** A resolved training of segmentation heads. */
export type SemsegTrainConfig = z.output<typeof SemsegTrainConfig>;
/** The same as a person writes it, defaults left out. */
export type SemsegTrainConfigInput = z.input<typeof SemsegTrainConfig>;

/** Comparing trained heads on labelled images. */
export const SemsegValidateConfig = z
  .strictObject({
    ckptRoot: z
      .string()
      .min(1)
      .default('./checkpoints/contrib/semseg')
      .describe('Folder with a folder of each head: cfg.json and model_step….pt.'),
    imgs: images('validation', 'Which images to measure on.'),
    shards: z
      .string()
      .min(1)
      .optional()
      .describe('Activations of these images; unset: they are recorded once.'),
    recordTo: z
      .string()
      .min(1)
      .default('./shards')
      .describe('Folder for activations that are recorded.')
      .meta({ ...output, env: 'SAEV_DUMP_TO' }),
    dumpTo: z
      .string()
      .min(1)
      .default('./logs/contrib/semseg')
      .describe('Folder for tables, charts and pictures.')
      .meta(output),
    nPictures: z
      .int()
      .min(0)
      .default(8)
      .describe('Images shown with truth and prediction, spread over the set.')
      .meta(output),
    vitFamily: familyField
      .optional()
      .describe(
        'Model family; unset: what the heads were trained on, dinov2 where they do not say it.',
      )
      .meta(model),
    vitCkpt: z.string().min(1).optional().describe('Checkpoint; unset: as vitFamily.').meta(model),
    batchSize: z.int().min(1).default(128).describe('Images whose patches are scored at a time.'),
    nWorkers: nWorkersField,
    ...machineFields,
    device,
  })
  .describe('Measure the newest head of each folder, and say which is best.');
/** A resolved validation. */
export type SemsegValidateConfig = z.output<typeof SemsegValidateConfig>;
/** The same as a person writes it, defaults left out. */
export type SemsegValidateConfigInput = z.input<typeof SemsegValidateConfig>;

/** Counting clear patches of each class. */
export const SemsegCountConfig = z
  .strictObject({
    ade20k: images('training', 'Which images to count.'),
    patchSizePx: z.array(z.int().min(1)).length(2).default([14, 14]).describe('Pixels of a patch.'),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("Share of a patch's pixels above which it counts."),
    vitFamily: familyField
      .default('dinov2')
      .describe('Family whose models see the images: how they come to size.'),
    dumpTo: z.string().min(1).optional().describe('File for the counts of each class, as CSV.'),
    nWorkers: nWorkersField,
  })
  .describe('Count the patches of each class that show hardly anything else.');
/** A resolved count. */
export type SemsegCountConfig = z.output<typeof SemsegCountConfig>;
/** The same as a person writes it, defaults left out. */
export type SemsegCountConfigInput = z.input<typeof SemsegCountConfig>;
