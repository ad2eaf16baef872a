// `f = pre · 1[pre > θ]` with a learnt threshold θ for each latent, sparse through its L0. Thresholds get a gradient
// from the pre-activations within half a bandwidth of them (Rajamanoharan et al. 2024, arXiv 2407.14435).
import { z } from 'zod';
import { trainableActivation } from './activation-function.ts';

/** On rows of norm 1, as in the paper. */
const NARROW = { bandwidth: 0.001, threshold: 0.001 };

/**
 * On rows of norm √d, where pre-activations of a new coder spread by 1: thresholds move by a share of themselves in a step,
 * so they start where they may end, within reach of the pre-activations around them.
 */
const WIDE = { bandwidth: 0.5, threshold: 0.5 };

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
        .optional()
        .describe(
          'Width of the kernel that gives thresholds a gradient; unset: 0.5 on rows that are scaled, else 0.001.',
        ),
      threshold: z
        .number()
        .positive()
        .optional()
        .describe('Threshold of a new latent; unset: 0.5 on rows that are scaled, else 0.001.'),
    })
    .describe('JumpReLU with learnt thresholds; sparse through an L0 penalty.'),
  choose: ({ isScaled }) => (isScaled ? WIDE : NARROW),
  selection: ({ bandwidth = NARROW.bandwidth }) => ({ kind: 'threshold', width: bandwidth }),
  initialThreshold: ({ threshold = NARROW.threshold }) => threshold,
  trainsThreshold: true,
  penalty: 'l0',
  ghostGrads: false,
  save: () => ({}),
});
