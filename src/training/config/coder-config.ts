// What kind of coder is trained, and what its loss is.
import { z } from 'zod';
import { tableOfKinds } from '../../base/config/kinds.ts';
import { ACTIVATION_FUNCTIONS } from '../../sae/activation-functions/registry.ts';
import { trainableOf } from '../../sae/activation-functions/resolve.ts';
import { OBJECTIVES } from '../../sae/learning/objectives/registry.ts';

const saeFields = {
  dVit: z
    .int()
    .min(1)
    .optional()
    .describe('Width of the activations; read from the data, and checked when it is given.')
    .meta({ alias: 'dIn' }),
  expFactor: z
    .int()
    .min(1)
    .default(16)
    .describe('Latents for each dimension of the activations.')
    .meta({ alias: 'expansionFactor' }),
  dSae: z
    .int()
    .min(1)
    .optional()
    .describe('Number of latents; given, expFactor is not used.')
    .meta({ alias: 'dSae' }),
  nReinitSamples: z
    .int()
    .min(0)
    .default(1024 * 16 * 32)
    .describe('Rows whose mean (or geometric median) b_dec starts from; 0 starts it at zero.'),
  bDecInit: z
    .enum(['mean', 'geometricMedian', 'zeros'])
    .default('mean')
    .describe(
      'Where b_dec starts: at the mean of the first rows, at their geometric median (of at most 512 MiB of them), or at zero.',
    )
    .meta({ alias: 'bDecInitMethod' }),
  inputBias: z
    .enum(['auto', 'none', 'decoder', 'own'])
    .default('auto')
    .describe(
      'What is subtracted from inputs before encoding: nothing, the b_dec of the output, or a bias of its own; auto: decoder for autoencoders, own for transcoders.',
    ),
  skip: z
    .boolean()
    .default(false)
    .describe(
      'Give a transcoder a skip connection: a matrix from what it reads to what it reconstructs, learnt from zero on, beside its latents.',
    )
    .meta({ alias: 'skipConnection' }),
  encoderStart: z
    .enum(['drawn', 'transposed'])
    .default('drawn')
    .describe(
      'Where encoder rows start: drawn by themselves, or as the decoder rows (newer saev, SAELens, dictionary_learning).',
    ),
  startNorm: z
    .number()
    .positive()
    .optional()
    .describe(
      'Norm of decoder rows at the start, and of encoder rows that are theirs; normalizeWDec brings the decoder to 1 afterwards. 0.1 in SAELens; unset: 0.1 with freeDecoderNorm, else 1 for an encoder that is the decoder transposed, else as drawn.',
    )
    .meta({ alias: 'decoderInitNorm' }),
  dataBlend: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Share of a row of data in the direction of each new latent, the rest is drawn: 0.8 in newer saev; 0: none.',
    )
    .meta({ alias: 'reinitBlend' }),
  ghostGrads: z
    .boolean()
    .default(false)
    .describe(
      'Give latents that have not fired for deadFeatureWindow steps a gradient towards what the coder leaves unexplained (relu only).',
    )
    .meta({ alias: 'useGhostGrads' }),
  removeParallelGrads: z
    .boolean()
    .default(true)
    .describe('Take the part along each decoder row out of its gradient.'),
  normalizeWDec: z.boolean().default(true).describe('Keep every decoder row at unit norm.'),
  freeDecoderNorm: z
    .boolean()
    .default(false)
    .describe(
      'Let Adam step decoder rows of any length, of which only the direction counts: codes are multiples of the length, and the finished coder has rows of unit norm. Bandwidth and threshold of jumprelu are in units of it. What SAELens does for all its kinds but those with gates.',
    )
    .meta({ alias: 'rescaleActsByDecoderNorm' }),
  seed: z.int().min(0).default(0).describe('Seed of the initial weights.'),
};

/** The sparse autoencoder: its size, its start and its activation function (`kind`). */
export const SaeConfig = tableOfKinds(trainableOf(ACTIVATION_FUNCTIONS), saeFields, 'relu');
/** A resolved autoencoder. */
export type SaeConfig = z.output<typeof SaeConfig>;

const objectiveFields = {
  sparsityCoeff: z
    .number()
    .min(0)
    .optional()
    .describe(
      'Weight of the sparsity penalty; unset: 4e-4, for images in runs of fewer than 6,000 steps more.',
    )
    .meta({ alias: ['sae.sparsityCoeff', 'l1Coefficient', 'l0Coefficient'] }),
  errorScale: z
    .enum(['auto', 'none', 'targetNorm'])
    .default('auto')
    .describe(
      'Divide the squared error of each row by nothing or by the norm of its target; auto: by the norm for texts, as transcoder-circuits does, by nothing for images.',
    ),
};

/** What is minimised besides the reconstruction error, and over which parts of the code. */
export const ObjectiveConfig = tableOfKinds(OBJECTIVES, objectiveFields, 'vanilla').meta({
  // Python's saev writes the fields of an objective and not which one it is.
  inferred: true,
});
/** A resolved objective. */
export type ObjectiveConfig = z.output<typeof ObjectiveConfig>;
