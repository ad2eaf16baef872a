// `f = max(pre, 0)`, sparse through an L1 penalty (Bricken et al. 2023): the seed's activation.
import { z } from 'zod';
import { sameThreshold, trainableActivation } from './activation-function.ts';

export const relu = trainableActivation({
  saved: z.strictObject({ kind: z.literal('relu') }),
  inference: (_, weights) => ({
    selection: { kind: 'threshold', width: 0 },
    threshold: sameThreshold(weights, 0),
    bEnc: weights.bEnc,
  }),
  schema: z
    .strictObject({ kind: z.literal('relu') })
    .describe('ReLU; sparse through an L1 penalty.'),
  selection: () => ({ kind: 'threshold', width: 0 }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  penalty: 'l1',
  ghostGrads: true,
  save: () => ({}),
});
