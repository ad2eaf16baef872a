// What the measuring of edits can be told; names and defaults are the original's.
import { z } from 'zod';
import { VISION_FAMILIES } from '../../../backbones/vision/families/registry.ts';
import { machineFields, seedField } from '../../../base/config/common.ts';
import { deviceField } from '../../../compute/kernels/device-field.ts';
import { segmentedImagesField } from '../segmented-data.ts';
import { EDIT_METHODS } from './methods.ts';

const model = { group: 'Model' };
const features = { group: 'Features' };
const edit = { group: 'Edit' };

const accepted = 'Accepted for saev; the model says it, and it is checked when it is given.';

/** Measuring what edits of features do to a segmentation. */
export const QuantifyConfig = z
  .strictObject({
    saeCkpt: z
      .string()
      .min(1)
      .default('./checkpoints/sae.pt')
      .describe(
        'The autoencoder: a run (of several, or of a folder of runs, the newest), a checkpoint file or folder, or hf-hub:owner/name.',
      )
      .meta({ alias: ['ckpt', 'sae'], several: true }),
    segCkpt: z
      .string()
      .min(1)
      .default('./checkpoints/contrib/semseg')
      .describe('The segmentation head: its file, or a folder of which the newest is taken.'),
    imgs: segmentedImagesField('validation'),
    topValues: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the largest codes, top_values.pt or .npy of saev visuals; unset: those of these images.',
      )
      .meta(features),
    sparsity: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with how often latents fire, sparsity.pt or .npy of saev visuals; unset: on these images.',
      )
      .meta(features),
    maxFreq: z
      .number()
      .min(0)
      .max(1)
      .default(3e-2)
      .describe('Latents that fire on this share of patches or more are not chosen.')
      .meta(features),
    labelThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe(
        'Share of the pixels of a patch that must have one label for it to count in the choice of features.',
      )
      .meta(features),
    thresholds: z
      .array(z.number().min(0))
      .min(1)
      .default([0, 0.1, 0.3, 0.5, 0.7, 1])
      .describe(
        'In the choice, a latent says yes where its code is above one of these, the best one.',
      )
      .meta(features),
    topK: z.int().min(1).default(3).describe('Latents shown of each class.').meta(features),
    chooseOn: z
      .enum(['training', 'validation'])
      .optional()
      .describe(
        'Split that features are chosen on; unset: the one that is edited, as in the original.',
      )
      .meta(features),
    features: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Table of features to edit, as saev semseg propose writes it: the first of each class.',
      )
      .meta(features),
    methods: z
      .array(z.enum(EDIT_METHODS.map(({ name }) => name)))
      .min(1)
      .default(EDIT_METHODS.map(({ name }) => name))
      .describe('What is done to patches.')
      .meta(edit),
    edit: z
      .enum(['class', 'everywhere', 'labels'])
      .default('class')
      .describe(
        'Where: one class at a time, in its patches or in every patch of images that show it; or, as in the original, all classes at once, each in its patches.',
      )
      .meta(edit),
    scale: z
      .number()
      .default(-2)
      .describe('What the code of a latent becomes, in units of its largest value.')
      .meta(edit),
    vectorScale: z
      .number()
      .optional()
      .describe(
        'Length of random vectors, in units of the model; unset: scale, as in the original.',
      )
      .meta(edit),
    actMean: z
      .string()
      .min(1)
      .optional()
      .describe('File with the mean of activations, where the autoencoder does not say it.')
      .meta(model),
    actNorm: z
      .number()
      .positive()
      .optional()
      .describe('What activations were divided by, where the autoencoder does not say it.')
      .meta(model),
    vitFamily: z
      .enum(VISION_FAMILIES.map(({ name }) => name))
      .optional()
      .describe("Model family; unset: the head's or the run's, else dinov2.")
      .meta(model),
    vitCkpt: z
      .string()
      .min(1)
      .optional()
      .describe("Checkpoint; unset: the head's or the run's, else dinov2_vitb14_reg.")
      .meta(model),
    layer: z
      .union([z.int(), z.string().min(1)])
      .optional()
      .describe("Block or hook point to edit behind; unset: the run's, else -2.")
      .meta(model),
    vitLayer: z
      .int()
      .min(1)
      .optional()
      .describe(
        "The block counted from 1, as in saev's program: 11 is block 10, the last but one of twelve.",
      )
      .meta(model),
    patchSizePx: z.array(z.int().min(1)).length(2).optional().describe(accepted).meta(model),
    nPatchesPerImg: z.int().min(1).optional().describe(accepted).meta(model),
    clsToken: z.boolean().optional().describe(accepted).meta(model),
    batchSize: z.int().min(1).default(128).describe('Most images in one pass of the model.'),
    dumpTo: z
      .string()
      .min(1)
      .default('./logs/contrib/semseg/quantitative')
      .describe('Folder that tables and the chart are written to.')
      .meta({ group: 'Output' }),
    seed: seedField,
    nWorkers: z
      .int()
      .min(0)
      .default(32)
      .describe('Images that are decoded at the same time, at most 16.')
      .meta({ group: 'Machine' }),
    ...machineFields,
    device: deviceField,
  })
  .describe('Measure how edits of features change what a segmentation head sees.');
/** A resolved measuring job. */
export type QuantifyConfig = z.output<typeof QuantifyConfig>;
/** The same as a person writes it, defaults left out. */
export type QuantifyConfigInput = z.input<typeof QuantifyConfig>;
