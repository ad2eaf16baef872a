// What attention makes of the residual stream first: queries, keys and values, of one input or of one for each head.
import type { Dim, Value } from '../../compute/onnx/graph.ts';
import { add, expandLike, matMul, reshape, split, transpose } from '../../compute/onnx/ops.ts';
import type { Attention, AttentionContext } from './attention-parts.ts';
import type { Hooks } from './hooks.ts';
import { applyLinear, inOut, type Linear } from './linear.ts';
import { applyNorm, hookedNorm, type Norm } from './norm.ts';

type Which = 'q' | 'k' | 'v';

/**
 * The maps of `x` `[batch, positions, dModel]` to queries, keys and values, `[batch, positions, heads · dHead]` or by head
 * `[batch, positions, heads, dHead]`. Where the points `hook_attn_in` or `hook_q_input` and its like are asked for, each
 * head has a copy of the residual stream and a norm of its own; models that share heads of keys do not offer these points.
 */
export function projections(
  x: Value,
  parts: Attention,
  norm: Norm | undefined,
  block: string,
  hooks: Hooks,
  { shortformer }: AttentionContext,
): (which: Which) => Value {
  const { nHeads, nKeyHeads = nHeads, qkv } = parts;
  const splits = ['hook_attn_in', 'hook_q_input', 'hook_k_input', 'hook_v_input'];
  if (nKeyHeads === nHeads && splits.some((point) => hooks.wants(`${block}.${point}`)))
    return byHead(x, parts, norm, block, hooks, shortformer);
  const read = norm === undefined ? x : hookedNorm(x, norm, `${block}.ln1`, hooks);
  if ('weight' in qkv && shortformer === undefined) {
    const sizes = sizesOf(qkv, parts);
    const all = split(applyLinear(read, qkv), sizes);
    return (which) => all['qkv'.indexOf(which)]!;
  }
  const each = separate(parts);
  return (which) => applyLinear(shifted(read, which, shortformer), each[which]);
}

/** One copy of the residual stream a head, each of which can be read or replaced by itself. */
function byHead(
  x: Value,
  parts: Attention,
  norm: Norm | undefined,
  block: string,
  hooks: Hooks,
  shortformer: Value | undefined,
): (which: Which) => Value {
  const { nHeads } = parts;
  const [batch, positions, dModel] = x.shape as [Dim, Dim, number];
  const wide = [batch, positions, nHeads, dModel];
  const copies = expandLike(reshape(x, [batch, positions, 1, dModel]), x, wide);
  const shared = hooks.mark(`${block}.hook_attn_in`, copies);
  const places = shortformer && reshape(shortformer, [shortformer.shape[0]!, positions, 1, dModel]);
  // The points of the norm keep their shape: they show the residual stream that all heads share.
  if (norm !== undefined) hookedNorm(x, norm, `${block}.ln1`, hooks);
  const each = separate(parts);
  return (which) => {
    const own = hooks.mark(`${block}.hook_${which}_input`, shared);
    const read = norm === undefined ? own : applyNorm(own, norm);
    const weight = inOut(each[which]);
    const dHead = (weight.shape[1] as number) / nHeads;
    const perHead = transpose(reshape(weight, [dModel, nHeads, dHead]), [1, 0, 2]);
    const rows = transpose(shifted(read, which, places), [0, 2, 1, 3]);
    const y = transpose(matMul(rows, perHead), [0, 2, 1, 3]);
    const { bias } = each[which];
    return bias === undefined ? y : add(y, reshape(bias, [nHeads, dHead]));
  };
}

/** What queries and keys read in a shortformer: positions are added to it, not to the residual stream. */
function shifted(read: Value, which: Which, places: Value | undefined): Value {
  return which === 'v' || places === undefined ? read : add(read, places);
}

/** Outputs of queries, keys and values in a weight that holds all three. */
function sizesOf({ weight, order }: Linear, { nHeads, nKeyHeads = nHeads }: Attention): number[] {
  const dHead = (weight.shape[order === 'in-out' ? 1 : 0] as number) / (nHeads + 2 * nKeyHeads);
  return [nHeads * dHead, nKeyHeads * dHead, nKeyHeads * dHead];
}

function separate(parts: Attention): Record<Which, Linear> {
  const { qkv } = parts;
  if (!('weight' in qkv)) return qkv;
  const sizes = sizesOf(qkv, parts);
  const weights = split(qkv.weight, sizes, qkv.order === 'in-out' ? 1 : 0);
  const biases = qkv.bias && split(qkv.bias, sizes);
  const at = (i: number): Linear => ({ ...qkv, weight: weights[i]!, bias: biases?.[i] });
  return { q: at(0), k: at(1), v: at(2) };
}
