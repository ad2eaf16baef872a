// Sizes and kinds of a language model: what its `config.json` says, in one set of words for all families.

import type { Activation } from '../block/activation.ts';

/** Activation function of the MLPs; `solu_ln` is SoLU with a layer norm behind it. */
export type LanguageActivation = Activation | 'solu_ln';

/** Sizes and kinds of a language model, read from its `config.json`. */
export interface LanguageConfig {
  /** Name of the family that the layout of its weights is of: `gpt2`. */
  readonly architecture: string;
  /** Number of blocks. */
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  /** Heads of keys and values, where heads of queries share them. */
  readonly nKeyHeads?: number;
  readonly dHead: number;
  /** Neurons of an MLP; 0 in models that have none. */
  readonly dMlp: number;
  readonly dVocab: number;
  /** Tokens of the longest prompt. */
  readonly nCtx: number;
  /** Whether attention and MLP both read the residual stream before the block (GPT-NeoX). */
  readonly parallel: boolean;
  /**
   * Learned positions added to the residual stream, rotations of queries and keys, or learned positions added to what
   * queries and keys read (`shortformer`).
   */
  readonly positions: 'learned' | 'rotary' | 'shortformer';
  /** Elements of each head that are rotated, and the base of the angles; for `rotary`. */
  readonly rotary?: { readonly dim: number; readonly base: number };
  /** Layer norms with gain and bias, without (folded into the weights that follow), RMS norms with gain, or none. */
  readonly normalization: 'LN' | 'LNPre' | 'RMS' | 'none';
  /** Whether the last norm only divides by the root mean square, without subtracting the mean. */
  readonly finalRms: boolean;
  /** Added to the variance in norms. */
  readonly epsilon: number;
  readonly activation: LanguageActivation;
  /** Whether MLPs are gated. */
  readonly gated?: boolean;
  /** Scores are divided by this, in layer 0 … (`√dHead` in most models). */
  readonly scoreDivisors: readonly number[];
  /** Whether the embedding may stand for an unembedding that the checkpoint lacks; true where it is not said. */
  readonly tied?: boolean;
  /** Logits `y` become `c · tanh(y / c)`. */
  readonly logitSoftcap?: number;
}

/** The activation function alone, without the norm behind it. */
export function mlpActivation({ activation }: Pick<LanguageConfig, 'activation'>): Activation {
  return activation === 'solu_ln' ? 'solu' : activation;
}
