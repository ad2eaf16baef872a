// The transformer block that all families share, of images and of texts, described by data. A family fills in the
// description; what is computed follows from it, with a named hook point at every step.
import type { Value } from '../../compute/onnx/graph.ts';
import { add, mul } from '../../compute/onnx/ops.ts';
import { attention } from './attention.ts';
import type { Attention, AttentionContext, AttentionResult } from './attention-parts.ts';
import type { Hooks } from './hooks.ts';
import { type Mlp, mlp } from './mlp.ts';
import { hookedNorm, type Norm } from './norm.ts';

/** A block. Norms are missing in models without them, the MLP in models of attention alone. */
export interface Block {
  /** Norms in front of attention and MLP. */
  readonly ln1?: Norm;
  readonly ln2?: Norm;
  readonly attention: Attention;
  readonly mlp?: Mlp;
  /** Norms behind attention and MLP, on what is added to the residual stream (Gemma 2). */
  readonly ln1Post?: Norm;
  readonly ln2Post?: Norm;
  /** LayerScale: gains `[dModel]` on what is added to the residual stream. */
  readonly scale1?: Value;
  readonly scale2?: Value;
  /** Whether attention and MLP both read the residual stream before the block (GPT-NeoX). */
  readonly parallel?: boolean;
}

/**
 * Compute one block of `x` `[batch, positions, dModel]`: `mid = x + attention(ln1(x))`, `y = mid + mlp(ln2(mid))`;
 * parallel, `y = x + attention(ln1(x)) + mlp(ln2(x))`.
 *
 * Hook points carry TransformerLens' names. `hook_attn_out` and `hook_mlp_out` are what is added to the residual stream,
 * after norms behind it and LayerScale. `hook_normalized` lies before a norm's gain and bias in language models, and after
 * them, where attention and MLP read it, in vision transformers (`HookConvention`).
 */
export function transformerBlock(
  x: Value,
  block: Block,
  name: string,
  hooks: Hooks,
  context?: AttentionContext,
): AttentionResult {
  const { parallel = false } = block;
  const before = hooks.mark(`${name}.hook_resid_pre`, x);
  const attended = attention(before, block.attention, block.ln1, name, hooks, context);
  const { present } = attended;
  const fromAttention = behind(
    attended.out,
    block.ln1Post,
    block.scale1,
    `${name}.ln1_post`,
    hooks,
  );
  const attentionOut = hooks.mark(`${name}.hook_attn_out`, fromAttention);
  let middle = add(before, attentionOut);
  if (block.mlp === undefined)
    return { out: hooks.mark(`${name}.hook_resid_post`, middle), present };
  if (!parallel) middle = hooks.mark(`${name}.hook_resid_mid`, middle);
  const read = hooks.mark(`${name}.hook_mlp_in`, parallel ? before : middle);
  const normed = block.ln2 === undefined ? read : hookedNorm(read, block.ln2, `${name}.ln2`, hooks);
  const written = mlp(normed, block.mlp, `${name}.mlp`, hooks);
  const fromMlp = behind(written, block.ln2Post, block.scale2, `${name}.ln2_post`, hooks);
  const mlpOut = hooks.mark(`${name}.hook_mlp_out`, fromMlp);
  return { out: hooks.mark(`${name}.hook_resid_post`, add(middle, mlpOut)), present };
}

function behind(
  x: Value,
  norm: Norm | undefined,
  gains: Value | undefined,
  name: string,
  hooks: Hooks,
): Value {
  const normed = norm === undefined ? x : hookedNorm(x, norm, name, hooks);
  return gains === undefined ? normed : mul(normed, gains);
}
