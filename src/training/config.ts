// What training can be told: the autoencoder, its objective, the schedule and the run.
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { machineFields, seedField, slurmFields } from '../base/config/common.ts';

const saeFields = {
  dVit: z
    .int()
    .min(1)
    .optional()
    .describe('Width of the activations; read from the data, and checked when it is given.'),
  expFactor: z.int().min(1).default(16).describe('Latents for each dimension of the activations.'),
  dSae: z.int().min(1).optional().describe('Number of latents; given, expFactor is not used.'),
  nReinitSamples: z
    .int()
    .min(0)
    .default(1024 * 16 * 32)
    .describe('Rows whose mean b_dec starts from; 0 starts it at zero.'),
  ghostGrads: z
    .boolean()
    .default(false)
    .describe('Accepted for saev as false; there, too, true ends the job.'),
  removeParallelGrads: z
    .boolean()
    .default(true)
    .describe('Take the part along each decoder row out of its gradient.'),
  normalizeWDec: z.boolean().default(true).describe('Keep every decoder row at unit norm.'),
  seed: z.int().min(0).default(0).describe('Seed of the initial weights.'),
};

/** The sparse autoencoder: its size, its start and its activation function (`kind`). */
export const SaeConfig = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('relu').default('relu'), ...saeFields })
    .describe('ReLU; sparse through an L1 penalty.'),
  z
    .strictObject({
      kind: z.literal('jumprelu'),
      ...saeFields,
      bandwidth: z
        .number()
        .positive()
        .default(0.001)
        .describe('Width of the kernel that gives thresholds a gradient.'),
      threshold: z.number().positive().default(0.001).describe('Threshold of a new latent.'),
    })
    .describe('JumpReLU with learnt thresholds; sparse through an L0 penalty.'),
  z
    .strictObject({
      kind: z.literal('topk'),
      ...saeFields,
      k: z.int().min(1).default(32).describe('Latents kept for each row.'),
    })
    .describe('The k largest latents of each row.'),
]);
/** A resolved autoencoder. */
export type SaeConfig = z.output<typeof SaeConfig>;

const sparsityCoeff = z
  .number()
  .min(0)
  .default(4e-4)
  .describe('Weight of the sparsity penalty.')
  .meta({ alias: 'sae.sparsityCoeff' });

/** What is minimised besides the reconstruction error, and over which parts of the code. */
export const ObjectiveConfig = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('vanilla').default('vanilla'), sparsityCoeff })
    .describe('Reconstruction error of the whole code.'),
  z
    .strictObject({
      kind: z.literal('matryoshka'),
      sparsityCoeff,
      nPrefixes: z
        .int()
        .min(1)
        .default(10)
        .describe('Prefixes of the code, of random length, that must reconstruct by themselves.'),
    })
    .describe('Mean reconstruction error over random prefixes of the code.'),
]);
/** A resolved objective. */
export type ObjectiveConfig = z.output<typeof ObjectiveConfig>;

const schedule = { group: 'Schedule' };
const run = { group: 'Run' };

/** Training one sparse autoencoder; a sweep makes many of these. */
export const TrainConfig = z
  .strictObject({
    data: DataLoad.prefault({}).describe('Activations to train on.'),
    sae: SaeConfig.prefault({}).describe('The autoencoder.'),
    objective: ObjectiveConfig.prefault({}).describe('The loss.'),
    nPatches: z
      .int()
      .min(1)
      .default(100_000_000)
      .describe('Training rows, counted over all passes.')
      .meta(schedule),
    saeBatchSize: z
      .int()
      .min(1)
      .default(1024 * 16)
      .describe('Rows in one step.')
      .meta(schedule),
    lr: z.number().min(0).default(4e-4).describe('Learning rate of Adam.').meta(schedule),
    nLrWarmup: z
      .int()
      .min(0)
      .default(500)
      .describe('Steps over which the learning rate rises from 0.')
      .meta(schedule),
    nSparsityWarmup: z
      .int()
      .min(0)
      .default(0)
      .describe('Steps over which the sparsity weight rises from 0.')
      .meta(schedule),
    seed: seedField.meta(schedule),
    runRoot: z
      .string()
      .min(1)
      .default('./runs')
      .describe('Folder in which each run gets its own folder.')
      .meta({ ...run, alias: 'ckptPath', env: 'SAEV_RUN_ROOT' }),
    tag: z.string().default('').describe('Word written to the run, to find it again.').meta(run),
    track: z.boolean().default(true).describe('Write metrics while training.').meta(run),
    wandbProject: z
      .string()
      .default('saev')
      .describe('Name of the project that the run is written down under.')
      .meta(run),
    logEvery: z
      .int()
      .min(1)
      .default(25)
      .describe('Steps from one metric line to the next.')
      .meta(run),
    tensorboard: z
      .boolean()
      .default(false)
      .describe('Write TensorBoard event files too.')
      .meta(run),
    checkpointEvery: z
      .int()
      .min(0)
      .default(1000)
      .describe('Steps from one checkpoint to the next; 0 writes the last one only.')
      .meta(run),
    resume: z
      .boolean()
      .default(false)
      .describe('Go on with the unfinished run of the same configuration, if there is one.')
      .meta(run),
    nWorkers: z
      .int()
      .min(0)
      .default(32)
      .describe(
        'Accepted for saev; here one thread reads ahead. A Slurm job asks for this many processors and four more, unless threads is given.',
      )
      .meta({ group: 'Machine' }),
    ...machineFields,
    ...slurmFields,
  })
  .describe('Train sparse autoencoders on recorded or live activations.');
/** A resolved training job. */
export type TrainConfig = z.output<typeof TrainConfig>;
/** A training job as a person writes it, defaults left out. */
export type TrainConfigInput = z.input<typeof TrainConfig>;
