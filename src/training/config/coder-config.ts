// What kind of coder is trained, and what its loss is.
import { z } from 'zod';

const saeFields = {
  dVit: z
    .int()
    .min(1)
    .optional()
    .describe('Width of the activations; read from the data, and checked when it is given.'),
  expFactor: z
    .int()
    .min(1)
    .default(16)
    .describe('Latents for each dimension of the activations.')
    .meta({ alias: 'expansionFactor' }),
  dSae: z.int().min(1).optional().describe('Number of latents; given, expFactor is not used.'),
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
  ghostGrads: z
    .boolean()
    .default(false)
    .describe(
      'Give latents that have not fired for deadFeatureWindow steps a gradient towards what is left unexplained (relu only).',
    )
    .meta({ alias: 'useGhostGrads' }),
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
  .meta({ alias: ['sae.sparsityCoeff', 'l1Coefficient'] });
const errorScale = z
  .enum(['auto', 'none', 'targetNorm'])
  .default('auto')
  .describe(
    'Divide the squared error of each row by nothing or by the norm of its target; auto: by the norm for texts, as transcoder-circuits does, by nothing for images.',
  );

/** What is minimised besides the reconstruction error, and over which parts of the code. */
export const ObjectiveConfig = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('vanilla').default('vanilla'), sparsityCoeff, errorScale })
    .describe('Reconstruction error of the whole code.'),
  z
    .strictObject({
      kind: z.literal('matryoshka'),
      sparsityCoeff,
      errorScale,
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
