// `f = pre · 1[pre > θ]` with a learnt threshold θ for each latent, sparse through its L0. Thresholds get a gradient
// from the pre-activations within half a bandwidth of them (Rajamanoharan et al. 2024, arXiv 2407.14435).
import type { ActivationRule } from './activation-function.ts';

export const jumprelu: ActivationRule<'jumprelu'> = {
  kind: 'jumprelu',
  selection: ({ bandwidth }) => ({ kind: 'threshold', width: bandwidth }),
  initialThreshold: ({ threshold }) => threshold,
  trainsThreshold: true,
  penalty: 'l0',
};
