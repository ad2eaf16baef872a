// What the making of visuals can be told.
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { IgnoreConfig } from '../activations/ignored/config.ts';
import { machineFields, seedField, slurmFields } from '../base/config/common.ts';
import { deviceField } from '../compute/kernels/device-field.ts';
import { DatasetConfig } from '../data/datasets/config.ts';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'the first number must not be above the second');

const choice = { group: 'Which latents' };
const output = { group: 'Output' };
const work = { group: 'Work' };

const texts = { group: 'Texts' };

/** Showing what the latents of an autoencoder respond to. */
export const VisualsConfig = z
  .strictObject({
    ckpt: z
      .string()
      .min(1)
      .default('./checkpoints/sae.pt')
      .describe(
        'The autoencoder: a run (of several, or of a folder of runs, the newest), a checkpoint file or folder, or hf-hub:owner/name.',
      )
      .meta({ alias: 'sae', several: true }),
    data: DataLoad.prefault({}).describe('Activations to encode.'),
    ignore: IgnoreConfig.optional().describe(
      'Rows that are not encoded, and so are dark on the page; unset: those that the run left out of its training, on its own data.',
    ),
    allRows: z
      .boolean()
      .default(false)
      .describe('Encode the rows that the run left out of its training, too.'),
    images: DatasetConfig.prefault({}).describe('The images that the activations come from.'),
    topK: z
      .int()
      .min(1)
      .default(128)
      .describe('Images, or contexts of texts, kept for each latent.')
      .meta(output),
    sortBy: z
      .enum(['cls', 'img', 'patch'])
      .default('patch')
      .describe(
        'What ranks images: their CLS token (cls), the sum over their patches (img), or their strongest patch (patch); for texts, sums over their tokens (img) or their strongest token (patch).',
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
      .default(['safetensors'])
      .describe(
        "File formats of the saved tensors: features.safetensors always, npy and pt for the original's files, top_values and the others.",
      )
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
        'Pictures drawn of each of these latents, under neurons/; when left out, all top images of those to include and none of the others.',
      )
      .meta(output),
    pageLatents: z
      .int()
      .min(0)
      .default(2000)
      .describe('Most latents on the page: the chosen ones, then others that fire, at random.')
      .meta(output),
    keptMaps: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Of how many of those images, or contexts, the values on their tokens are kept; when left out, of those of the page and of the pictures, and of all where formats asks for the tensors of the original.',
      )
      .meta(output),
    pageExamples: z
      .int()
      .min(1)
      .default(24)
      .describe('Images, or contexts, of a latent on the page.')
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
    transcoders: z
      .array(z.string().min(1))
      .default([])
      .describe('Transcoders of earlier blocks, through which features are pulled back.')
      .meta(texts),
    dashboards: z
      .string()
      .regex(/^(?![a-z][a-z0-9+.-]*:|[/\\])/i, 'an address relative to the page')
      .optional()
      .describe(
        'Address of the pages of those transcoders, from this page; {layer} stands for the block of each.',
      )
      .meta(texts),
    bands: z
      .int()
      .min(1)
      .max(64)
      .default(5)
      .describe("Bands of a latent's values that random contexts are shown from.")
      .meta(texts),
    bandExamples: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('Contexts shown of each band.')
      .meta(texts),
    tableRows: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe('Tokens, or features, at either end of a table.')
      .meta(texts),
    topHeads: z
      .int()
      .min(0)
      .max(64)
      .default(3)
      .describe('Attention heads that a latent is read through.')
      .meta(texts),
    neuronpedia: z
      .boolean()
      .default(false)
      .describe("Write the latents of the page in Neuronpedia's JSON, too.")
      .meta(texts),
    around: z
      .tuple([z.int().min(0), z.int().min(0)])
      .default([32, 16])
      .describe('Tokens before and after an example in JSON files; the page has the whole context.')
      .meta(texts),
    modelId: z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, . _ and - only')
      .optional()
      .describe("Neuronpedia's name of the model; the end of the model's own when left out.")
      .meta(texts),
    saeSet: z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, . _ and - only')
      .optional()
      .describe("Neuronpedia's name of the set of coders: sae or transcoder when left out.")
      .meta(texts),
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
    device: deviceField,
    ...slurmFields,
  })
  .describe('Show what the latents of an autoencoder respond to.');
/** A resolved visuals job. */
export type VisualsConfig = z.output<typeof VisualsConfig>;
/** A visuals job as a person writes it, defaults left out. */
export type VisualsConfigInput = z.input<typeof VisualsConfig>;
