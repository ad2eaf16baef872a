// The whole code must reconstruct: an ordinary autoencoder (Bricken et al. 2023).
import { z } from 'zod';
import { objective } from './objective.ts';

export const vanilla = objective({
  schema: z
    .strictObject({ kind: z.literal('vanilla') })
    .describe('Reconstruction error of the whole code.'),
  prefixes: (_, dSae) => [dSae],
  maxPrefixes: () => 1,
  gates: true,
  ghostGrads: true,
});
