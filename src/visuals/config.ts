// What the making of visuals can be told.
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { machineFields, seedField, slurmFields } from '../base/config/common.ts';
import { DatasetConfig } from '../data/config.ts';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'the first number must not be above the second');

const choice = { group: 'Which latents' };
const output = { group: 'Output' };
const work = { group: 'Work' };

/** Showing what the latents of an autoencoder respond to. */
export const VisualsConfig = z
  .strictObject({
    ckpt: z
      .string()
      .min(1)
      .default('./checkpoints/sae.pt')
      .describe('The autoencoder: a run, a checkpoint file or folder, or hf-hub:owner/name.')
      .meta({ alias: 'sae' }),
    data: DataLoad.prefault({}).describe('Activations to encode.'),
    images: DatasetConfig.prefault({}).describe('The images that the activations come from.'),
    topK: z.int().min(1).default(128).describe('Images kept for each latent.').meta(output),
    sortBy: z
      .enum(['cls', 'img', 'patch'])
      .default('patch')
      .describe(
        'What ranks images: their CLS token (cls), the sum over their patches (img), or their strongest patch (patch).',
      )
      .meta(output),
    dumpTo: z
      .string()
      .min(1)
      .default('./data')
      .describe('Folder under which the visuals are written.')
      .meta(output),
    formats: z
      .array(z.enum(['safetensors', 'npy', 'pt']))
      .default(['safetensors', 'npy'])
      .describe('File formats of the saved tensors.')
      .meta(output),
    nLatents: z.int().min(0).default(400).describe('Most latents to save images for.').meta(choice),
    includeLatents: z
      .array(z.int().min(0))
      .default([])
      .describe('Latents to save images for in any case.')
      .meta(choice),
    logFreqRange: range
      .default([-6, -2])
      .describe('Range of log10 of how often a latent fires.')
      .meta(choice),
    logValueRange: range
      .default([-1, 1])
      .describe("Range of log10 of a latent's mean value where it fires.")
      .meta(choice),
    epsilon: z
      .number()
      .min(0)
      .default(1e-9)
      .describe('Accepted for saev, whose visuals do not use it either.')
      .meta(choice),
    nPictures: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Pictures drawn of each of these latents, under neurons/; all of its top images when left out.',
      )
      .meta(output),
    pageLatents: z
      .int()
      .min(0)
      .default(2000)
      .describe('Most latents on the page: the chosen ones, then others that fire, at random.')
      .meta(output),
    pageExamples: z
      .int()
      .min(1)
      .default(24)
      .describe('Images of a latent on the page.')
      .meta(output),
    nDistributions: z
      .int()
      .min(0)
      .default(25)
      .describe('Latents whose distribution of values is drawn.')
      .meta(output),
    percentile: z
      .number()
      .min(0)
      .max(100)
      .default(99)
      .describe("Percentile of a latent's values that is estimated.")
      .meta(output),
    saeBatchSize: z
      .int()
      .min(1)
      .default(1024 * 16)
      .describe('Rows encoded at once.')
      .meta(work),
    topkBatchSize: z
      .int()
      .min(1)
      .default(1024 * 16)
      .describe('Accepted for saev; the top images are kept in one pass, so it changes nothing.')
      .meta(work),
    nWorkers: z
      .int()
      .min(0)
      .default(16)
      .describe('Reads that are under way at the same time.')
      .meta({ group: 'Machine' }),
    seed: seedField.meta(work),
    ...machineFields,
    ...slurmFields,
  })
  .describe('Show what the latents of an autoencoder respond to.');
/** A resolved visuals job. */
export type VisualsConfig = z.output<typeof VisualsConfig>;
/** A visuals job as a person writes it, defaults left out. */
export type VisualsConfigInput = z.input<typeof VisualsConfig>;
