// The k largest positive pre-activations of a row; sparse by itself (Gao et al. 2024, arXiv 2406.04093). Coders of
// saev's own programs are `signed`: they keep negative ones among the k, too.
import { z } from 'zod';
import { sameThreshold, trainableActivation } from './activation-function.ts';

export const topk = trainableActivation({
  saved: z.strictObject({
    kind: z.literal('topk'),
    k: z.int().min(1),
    signed: z.boolean().optional(),
  }),
  inference: ({ k, signed }, weights) => ({
    selection: { kind: 'topk', k },
    threshold: sameThreshold(weights, signed === true ? Number.NEGATIVE_INFINITY : 0),
    bEnc: weights.bEnc,
  }),
  schema: z
    .strictObject({
      kind: z.literal('topk'),
      k: z.int().min(1).default(32).describe('Latents kept for each row.'),
    })
    .describe('The k largest latents of each row.'),
  selection: ({ k }) => ({ kind: 'topk', k }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  penalty: 'none',
  ghostGrads: false,
  save: ({ k }) => ({ k }),
});
