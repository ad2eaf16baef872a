// What an activation function tells the kernels: which pre-activations become codes, and what keeps them sparse.
import type { Selection } from '../../compute/kernels/types.ts';

/** The options that belong to each activation function. */
export interface ActivationOptions {
  relu: Record<never, never>;
  jumprelu: {
    /** Width of the window around a threshold that gives it a gradient. */
    readonly bandwidth: number;
    /** Threshold of a new latent. */
    readonly threshold: number;
  };
  topk: { readonly k: number };
}

export type ActivationKind = keyof ActivationOptions;

/** Options with their `kind`. */
export type ActivationChoice = {
  [K in ActivationKind]: { readonly kind: K } & ActivationOptions[K];
}[ActivationKind];

export interface ActivationRule<K extends ActivationKind> {
  readonly kind: K;
  /** Which entries a training step keeps. */
  selection(options: ActivationOptions[K]): Selection;
  initialThreshold(options: ActivationOptions[K]): number;
  readonly trainsThreshold: boolean;
  /** What the sparsity coefficient multiplies: `mean Σ f`, `mean Σ 1[f > 0]`, or nothing. */
  readonly penalty: 'l1' | 'l0' | 'none';
}
