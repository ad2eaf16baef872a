// What the proposal of features for classes can be told.
import { z } from 'zod';
import { DataLoad } from '../../../activations/config.ts';
import { machineFields } from '../../../base/config/common.ts';
import { deviceField } from '../../../compute/kernels/device-field.ts';
import { labelThresholdField, segmentedImagesField } from '../segmented-data.ts';

const output = { group: 'Output' };

/** Proposing latents that tell classes of patches. */
export const ProposeConfig = z
  .strictObject({
    saeCkpt: z
      .string()
      .min(1)
      .default('./checkpoints/sae.pt')
      .describe(
        'The autoencoder: a run (of several, or of a folder of runs, the newest), a checkpoint file or folder, or hf-hub:owner/name.',
      )
      .meta({ alias: ['ckpt', 'sae'], several: true }),
    classes: z
      .array(z.union([z.int().min(0), z.string().min(1)]))
      .default([])
      .describe(
        'Classes to find latents for, by number or name; all that have patches when left out.',
      )
      .meta({ alias: 'ade20kCls' }),
    k: z.int().min(1).default(32).describe('Latents proposed for each class.'),
    acts: DataLoad.prefault({}).describe('Recorded activations of the images.'),
    imgs: segmentedImagesField('training'),
    labelThreshold: labelThresholdField,
    thresholds: z
      .array(z.number().min(0))
      .min(1)
      .default([0])
      .describe('A latent says yes where its code is above one of these, the best one.'),
    maxFreq: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Latents that fire on a larger share of patches are not proposed.'),
    countUnlabelled: z
      .boolean()
      .default(false)
      .describe(
        'Count patches without a label as patches of no class, rather than leave them out.',
      ),
    dumpTo: z
      .string()
      .min(1)
      .default('./logs/contrib/semseg')
      .describe('Folder that features.csv is written to.')
      .meta(output),
    visuals: z
      .boolean()
      .default(false)
      .describe('Show the proposed latents afterwards, as saev visuals does.')
      .meta(output),
    visualsTo: z
      .string()
      .min(1)
      .default('./data')
      .describe('Folder that those visuals are written to.')
      .meta(output),
    batchSize: z.int().min(1).default(128).describe('Images whose patches are encoded at once.'),
    nWorkers: z
      .int()
      .min(0)
      .default(32)
      .describe('Accepted for saev; the number of readers is not chosen here.')
      .meta({ group: 'Machine' }),
    ...machineFields,
    device: deviceField,
  })
  .describe('Find the latents that tell classes of patches, by F1.');
/** A resolved proposal job. */
export type ProposeConfig = z.output<typeof ProposeConfig>;
/** The same as a person writes it, defaults left out. */
export type ProposeConfigInput = z.input<typeof ProposeConfig>;
