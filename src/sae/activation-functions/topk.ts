// The k largest positive pre-activations of a row; sparse by itself (Gao et al. 2024, arXiv 2406.04093).
import type { ActivationRule } from './activation-function.ts';

export const topk: ActivationRule<'topk'> = {
  kind: 'topk',
  selection: ({ k }) => ({ kind: 'topk', k }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  penalty: 'none',
};
