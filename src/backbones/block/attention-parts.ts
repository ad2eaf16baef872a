// An attention layer as data: its weights and kinds, what it is given in a run, and what it gives.
import type { Value } from '../../compute/onnx/graph.ts';
import type { Linear } from './linear.ts';
import type { Rotations } from './rotary.ts';

/** An attention layer; heads stand side by side in its weights, `dHead` outputs (inputs of `out`) each. */
export interface Attention {
  /** Maps to queries, keys and values: one weight each, or in one in this order. */
  readonly qkv: Linear | { readonly q: Linear; readonly k: Linear; readonly v: Linear };
  readonly out: Linear;
  readonly nHeads: number;
  /** Heads of keys and values, of which each serves `nHeads / nKeyHeads` heads of queries; `nHeads` by default. */
  readonly nKeyHeads?: number;
  /** Scores are divided by this: `√dHead` in most models. */
  readonly divisor: number;
  /** Scores `s` become `c · tanh(s / c)` (Gemma 2). */
  readonly softcap?: number;
}

/** What attention is given besides the residual stream; the same for all layers of a run. */
export interface AttentionContext {
  /** Added to the scores: 0 where a query may look, −∞ elsewhere; `[batch or 1, 1, query, key]`. */
  readonly mask?: Value;
  /** Whether a query may have nothing to look at. */
  readonly padded?: boolean;
  readonly rotary?: Rotations;
  /** Position embeddings added to what queries and keys read. */
  readonly shortformer?: Value;
  /** Keys (rotated) and values of earlier positions, `[batch, key heads, past, dHead]`. */
  readonly past?: { readonly k: Value; readonly v: Value };
}

export interface AttentionResult {
  /** What is added to the residual stream, `[batch, positions, dModel]`. */
  readonly out: Value;
  /** Keys and values up to and with this run's positions, `[batch, key heads, keys, dHead]`; none in one kernel. */
  readonly present?: { readonly k: Value; readonly v: Value };
}
