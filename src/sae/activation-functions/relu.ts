// `f = max(pre, 0)`, sparse through an L1 penalty (Bricken et al. 2023): the seed's activation.
import type { ActivationRule } from './activation-function.ts';

export const relu: ActivationRule<'relu'> = {
  kind: 'relu',
  selection: () => ({ kind: 'threshold', width: 0 }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  penalty: 'l1',
};
