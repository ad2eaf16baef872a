// `f = pre · 1[pre > θ]` with a learnt threshold θ for each latent, sparse through its L0. Thresholds get a gradient
// from the pre-activations within half a bandwidth of them (Rajamanoharan et al. 2024, arXiv 2407.14435).
import { z } from 'zod';
import { trainableActivation } from './activation-function.ts';

export const jumprelu = trainableActivation({
  saved: z.strictObject({ kind: z.literal('jumprelu') }),
  inference: (_, { bEnc, threshold }) => ({
    selection: { kind: 'threshold', width: 0 },
    threshold: bEnc.map((_, s) => Math.max(0, threshold?.[s] ?? 0)),
    bEnc,
  }),
  schema: z
    .strictObject({
      kind: z.literal('jumprelu'),
      bandwidth: z
        .number()
        .positive()
        .default(0.001)
        .describe('Width of the kernel that gives thresholds a gradient.'),
      threshold: z.number().positive().default(0.001).describe('Threshold of a new latent.'),
    })
    .describe('JumpReLU with learnt thresholds; sparse through an L0 penalty.'),
  selection: ({ bandwidth }) => ({ kind: 'threshold', width: bandwidth }),
  initialThreshold: ({ threshold }) => threshold,
  trainsThreshold: true,
  penalty: 'l0',
  ghostGrads: false,
  save: () => ({}),
});
