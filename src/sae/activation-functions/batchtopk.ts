// The k · rows largest pre-activations of a batch in training; alone, those above a threshold that training learnt for
// all latents, `weights.threshold [1]` (Bussmann et al. 2024, arXiv 2412.06410). Read from checkpoints, not trained.
import { z } from 'zod';
import { activationFunction, sameThreshold } from './activation-function.ts';

export const batchtopk = activationFunction({
  saved: z.strictObject({ kind: z.literal('batchtopk'), k: z.int().min(1) }),
  inference: (_, weights) => ({
    selection: { kind: 'threshold', width: 0 },
    threshold: sameThreshold(weights, Math.max(0, weights.threshold?.[0] ?? 0)),
    bEnc: weights.bEnc,
  }),
});
