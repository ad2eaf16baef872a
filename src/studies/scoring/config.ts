// What scoring latents on labels can be told.
import { z } from 'zod';
import { DataLoad } from '../../activations/config.ts';
import { IgnoreConfig } from '../../activations/ignored/config.ts';
import { machineFields, seedField } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';
import { DatasetConfig } from '../../data/datasets/config.ts';

const labels = { group: 'Labels' };
const scores = { group: 'Scores' };
const compared = { group: 'Baselines' };
const output = { group: 'Output' };

/** Scoring every latent of an autoencoder on every labelled concept. */
export const ScoreConfig = z
  .strictObject({
    ckpt: z
      .string()
      .min(1)
      .default('./checkpoints/sae.pt')
      .describe(
        'The autoencoder: a run (of a folder of runs, the newest), a checkpoint file or folder, or hf-hub:owner/name.',
      )
      .meta({ positional: true, alias: 'sae' }),
    data: DataLoad.prefault({}).describe('Activations to encode.'),
    ignore: IgnoreConfig.optional().describe(
      'Rows that are not scored; unset: those that the run left out of its training, on its own data.',
    ),
    allRows: z
      .boolean()
      .default(false)
      .describe('Score the rows that the run left out of its training, too.'),
    images: DatasetConfig.prefault({}).describe('The images that the activations come from.'),
    labels: z
      .string()
      .min(1)
      .default('classes')
      .describe(
        'What is known: classes (of the images), patches (their classes, by segmentation maps), world (what each patch of the drawn world shows, or each word of the embedded language is), or the path of a CSV file with a row for each image or context.',
      )
      .meta(labels),
    columns: z
      .array(z.string().min(1))
      .default([])
      .describe('Columns of that file to make concepts of; all that can be when none is named.')
      .meta(labels),
    key: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Its column that tells which example a row is of; unset: file, path, image, index or the like, else rows are in order.',
      )
      .meta(labels),
    labelThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("Share of a patch's pixels that must have its class; other patches are left out.")
      .meta(labels),
    pool: z
      .enum(['max', 'mean', 'sum'])
      .default('max')
      .describe("How an image's code is made of its patches', where images are labelled as wholes.")
      .meta(labels),
    nBest: z
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe('Latents kept for a concept by each measure: probe, average precision, F1.')
      .meta(scores),
    k: z.int().min(1).max(1000).default(16).describe('Rows that purity looks at.').meta(scores),
    tau: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('Average precision from which a concept counts as covered.')
      .meta(scores),
    baselines: z
      .boolean()
      .default(true)
      .describe(
        'Score k-means, principal components, random directions and single neurons beside it.',
      )
      .meta(compared),
    baselineRows: z
      .int()
      .min(1)
      .default(2 ** 16)
      .describe('Rows that they are fitted to, of the half that latents are chosen on.')
      .meta(compared),
    baselineWidth: z
      .int()
      .min(1)
      .optional()
      .describe("Features of k-means and random directions; unset: the autoencoder's latents.")
      .meta(compared),
    baselineL0: z
      .int()
      .min(1)
      .optional()
      .describe(
        "Features that stay in a row of principal components and random directions; unset: the autoencoder's mean L0.",
      )
      .meta(compared),
    visuals: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder of the autoencoder's visuals, whose page the scores link to; unset: that of the run, where there is one.",
      )
      .meta(output),
    dumpTo: z
      .string()
      .min(1)
      .default('./scores')
      .describe('Folder that the scores and their page are written to.')
      .meta(output),
    saeBatchSize: z
      .int()
      .min(1)
      .default(4096)
      .describe('Rows encoded at once.')
      .meta({ group: 'Work' }),
    seed: seedField.meta({ group: 'Work' }),
    ...machineFields,
    device: deviceField,
  })
  .describe('Score every latent of an autoencoder on every labelled concept.');
/** A resolved scoring job. */
export type ScoreConfig = z.output<typeof ScoreConfig>;
/** A scoring job as a person writes it, defaults left out. */
export type ScoreConfigInput = z.input<typeof ScoreConfig>;
