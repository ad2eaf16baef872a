// What becomes of latents that do not fire, and what keeps decoder rows apart.
import { z } from 'zod';

const dead = { group: 'Dead latents' };

/** Settings of a training job about latents that have stopped firing. */
export const deadLatentFields = {
  deadFeatureWindow: z
    .int()
    .min(1)
    .default(1000)
    .describe(
      'Steps without firing after which a latent gets ghost gradients, and from one resampling to the next.',
    )
    .meta(dead),
  featureSamplingWindow: z
    .int()
    .min(1)
    .default(2000)
    .describe('Steps over which the frequencies of latents are counted before they are reset.')
    .meta(dead),
  resampling: z
    .enum(['none', 'anthropic', 'l2'])
    .default('none')
    .describe(
      'Start dead latents again from rows that the coder handles badly: those that raise the loss of the language model most (anthropic), or rows of the batch with a large error (l2).',
    )
    .meta({ ...dead, alias: 'featureSamplingMethod' }),
  resampleBatches: z
    .int()
    .min(1)
    .default(32)
    .describe('Runs of the language model from which anthropic draws, a row for each context.')
    .meta(dead),
  featureReinitScale: z
    .number()
    .positive()
    .default(0.2)
    .describe('Norm of a new encoder row, as a share of the mean norm of the others.')
    .meta(dead),
  deadFeatureEstimation: z
    .enum(['noFire', 'frequency'])
    .default('noFire')
    .describe(
      'Which latents are resampled: those that never fired since the counts were reset, or those below deadFeatureThreshold.',
    )
    .meta({ ...dead, alias: 'deadFeatureEstimationMethod' }),
  deadLatentAim: z
    .enum(['target', 'input'])
    .optional()
    .describe(
      'What dead latents of a transcoder are made to reconstruct, by ghost gradients and by resampling: its target, or its input, as transcoder-circuits has it by mistake; unset: target. For autoencoders they are one.',
    )
    .meta(dead),
  aux: z
    .enum(['none', 'saev', 'saelens', 'dictionaryLearning'])
    .default('none')
    .describe(
      'AuxK: let dead latents explain what the others leave over, by whose numbers: 512 of them on a row at 1/32 (saev, the paper), half the width at 1, less where fewer are dead (saelens), half the width at 1/32 of their error over the variance (dictionaryLearning).',
    )
    .meta(dead),
  auxLatents: z
    .int()
    .min(1)
    .optional()
    .describe('Dead latents of a row that take part in AuxK; unset: those of aux.')
    .meta({ ...dead, alias: ['kAux', 'topKAux'] }),
  auxCoeff: z
    .number()
    .min(0)
    .optional()
    .describe('Weight of the loss of AuxK; unset: that of aux.')
    .meta({ ...dead, alias: ['auxkAlpha', 'auxLossCoefficient'] }),
  auxAfter: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Rows without firing after which a latent takes part in AuxK; unset: ten million, a tenth of the run where that is less.',
    )
    .meta({ ...dead, alias: 'deadThresholdTokens' }),
  deadFeatureThreshold: z
    .number()
    .min(0)
    .default(1e-8)
    .describe('Share of rows below which a latent counts as dead.')
    .meta(dead),
};

/** A loss on the directions of the decoder: `coefficient · mean over directions of Σ |d · w|` over its rows `w`. */
export const SparseConnectionConfig = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe('Checkpoint or run of the other coder.')
      .meta({ alias: 'sparseConnectionSaePath' }),
    coefficient: z
      .number()
      .min(0)
      .describe('Weight of the loss.')
      .meta({ alias: 'sparseConnectionL1Coeff' }),
    useWEnc: z
      .boolean()
      .default(true)
      .describe('Take the directions that the other coder reads (W_enc), not those it writes.')
      .meta({ alias: 'sparseConnectionUseWEnc' }),
  })
  .describe('Sparse connections to another coder.');
/** Resolved settings of the sparse-connection loss. */
export type SparseConnectionConfig = z.output<typeof SparseConnectionConfig>;
