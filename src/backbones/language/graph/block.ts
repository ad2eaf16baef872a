// A block of a language model, with TransformerLens' hook points at every step.
import type { Value } from '../../../compute/onnx/graph.ts';
import { add } from '../../../compute/onnx/ops.ts';
import type { Hooks } from '../../transformer.ts';
import type { LanguageActivation } from '../model-config.ts';
import {
  type AttentionContext,
  type AttentionParts,
  type AttentionResult,
  attention,
} from './attention.ts';
import { type MlpParts, mlp } from './mlp.ts';
import { hookedNorm, type LanguageNorm } from './norms.ts';

/** Weights of one block; norms are missing in models without them, the MLP in attention-only models. */
export interface LanguageBlock {
  readonly ln1?: LanguageNorm;
  readonly attention: AttentionParts;
  readonly ln2?: LanguageNorm;
  readonly mlp?: MlpParts;
}

export interface LanguageBlockOptions {
  readonly parallel: boolean;
  readonly activation: LanguageActivation;
}

/**
 * One block: `mid = x + attention(ln1(x))`, `y = mid + mlp(ln2(mid))`; parallel, `y = x + attention(ln1(x)) +
 * mlp(ln2(x))`. `x` `[batch, positions, dModel]`.
 */
export function languageBlock(
  x: Value,
  block: LanguageBlock,
  context: AttentionContext,
  name: string,
  { parallel, activation }: LanguageBlockOptions,
  hooks: Hooks,
): { out: Value; present: AttentionResult['present'] } {
  const before = hooks.mark(`${name}.hook_resid_pre`, x);
  const attended = attention(before, block.attention, context, block.ln1, name, hooks);
  const { present } = attended;
  const attentionOut = hooks.mark(`${name}.hook_attn_out`, attended.out);
  let middle = add(before, attentionOut);
  if (block.mlp === undefined)
    return { out: hooks.mark(`${name}.hook_resid_post`, middle), present };
  if (!parallel) middle = hooks.mark(`${name}.hook_resid_mid`, middle);
  const read = hooks.mark(`${name}.hook_mlp_in`, parallel ? before : middle);
  const normed = block.ln2 === undefined ? read : hookedNorm(read, block.ln2, `${name}.ln2`, hooks);
  const written = mlp(normed, block.mlp, activation, `${name}.mlp`, hooks);
  const mlpOut = hooks.mark(`${name}.hook_mlp_out`, written);
  return { out: hooks.mark(`${name}.hook_resid_post`, add(middle, mlpOut)), present };
}
