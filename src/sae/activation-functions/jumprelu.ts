// `f = pre · 1[pre > θ]` with a learnt threshold θ for each latent. Thresholds get a gradient from the pre-activations within
// half a bandwidth of them (Rajamanoharan et al. 2024, arXiv 2407.14435).
import { z } from 'zod';
import { trainableActivation } from './activation-function.ts';
import { checkJumprelu, jumpreluSettings, lossOf } from './jumprelu-settings.ts';

/** On rows of norm 1, as in the paper. */
const NARROW = { bandwidth: 0.001, threshold: 0.001 };

/**
 * On rows of norm √d, where pre-activations of a new coder spread by 1: thresholds move by a share of themselves in a step,
 * so they start where they may end, within reach of the pre-activations around them.
 */
const WIDE = { bandwidth: 0.5, threshold: 0.5 };

/** Width of a kernel as a share of thresholds that the first batch has chosen. */
const WIDTH_SHARE = 0.3;

/** Rate of thresholds that must keep up with pre-activations, which all weights of a latent move at once. */
const KEEPING_UP = 10;

export const jumprelu = trainableActivation({
  saved: z.strictObject({ kind: z.literal('jumprelu') }),
  inference: (_, { bEnc, threshold }) => ({
    selection: { kind: 'threshold', width: 0 },
    threshold: bEnc.map((_, s) => Math.max(0, threshold?.[s] ?? 0)),
    bEnc,
  }),
  schema: z
    .strictObject({ kind: z.literal('jumprelu'), ...jumpreluSettings })
    .describe('JumpReLU with learnt thresholds; sparse through its L0, or what stands for it.'),
  choose({ isScaled }, options) {
    const chosen = isScaled ? WIDE : NARROW;
    if (options.targetL0 === undefined) return chosen;
    // The first batch tells both, unless a threshold is given.
    return options.threshold === undefined ? {} : { bandwidth: chosen.bandwidth };
  },
  selection: ({ bandwidth = NARROW.bandwidth }) => ({ kind: 'threshold', width: bandwidth }),
  initialThreshold: ({ threshold = NARROW.threshold }) => threshold,
  start: ({ threshold, targetL0, bandwidth }) =>
    threshold === undefined && targetL0 !== undefined
      ? { l0: targetL0, widthShare: bandwidth === undefined ? WIDTH_SHARE : undefined }
      : undefined,
  trainsThreshold: true,
  thresholdScale: ({ thresholdScale = 'logarithm' }) => thresholdScale,
  thresholdRate: ({ thresholdRate, threshold, targetL0 }) =>
    thresholdRate ?? (threshold === undefined && targetL0 !== undefined ? KEEPING_UP : 1),
  penalty: 'l0',
  sparsityTerms(options, weight) {
    const { tanhScale: scale = 4, targetL0: target = Number.NaN, targetOf: of = 'batch' } = options;
    switch (lossOf(options)) {
      case 'step':
        return undefined;
      case 'tanh':
        return { penalty: { kind: 'tanh', weight, scale } };
      case 'quadratic':
        return { l0Target: { weight, target, of } };
    }
  },
  preActCoeff: ({ preActCoeff = 0 }) => preActCoeff,
  refuse: checkJumprelu,
  ghostGrads: false,
  save: () => ({}),
});
