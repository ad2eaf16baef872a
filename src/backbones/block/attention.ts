// Attention with TransformerLens' hook points: of images in one kernel where no point inside is asked for; of texts in
// steps, with a mask, rotary positions, shared heads of keys and values, and keys and values of earlier runs.
import { type Dim, scalar, type Value } from '../../compute/onnx/graph.ts';
import {
  add,
  concat,
  isNan,
  matMul,
  multiHeadAttention,
  reduceSum,
  reshape,
  scale,
  softmax,
  tanh,
  transpose,
  where,
} from '../../compute/onnx/ops.ts';
import type { Attention, AttentionContext, AttentionResult } from './attention-parts.ts';
import type { Hooks } from './hooks.ts';
import { applyLinear, inOut, type Linear } from './linear.ts';
import type { Norm } from './norm.ts';
import { projections } from './projections.ts';
import { rotate } from './rotary.ts';

/**
 * Attention of `x` `[batch, positions, dModel]`, the residual stream, behind the norm `ln1`. Scores are −∞ where a query
 * may not look; some of TransformerLens' own models have −1e5 there, which no pattern shows.
 */
export function attention(
  x: Value,
  parts: Attention,
  norm: Norm | undefined,
  block: string,
  hooks: Hooks,
  context: AttentionContext = {},
): AttentionResult {
  const name = `${block}.attn`;
  const { nHeads, nKeyHeads = nHeads } = parts;
  const project = projections(x, parts, norm, block, hooks, context);
  const offered = (which: 'q' | 'k' | 'v', heads: number): Value => {
    const value = project(which);
    const point = `${name}.hook_${which}`;
    return hooks.wants(point) ? hooks.mark(point, byHead(value, heads)) : value;
  };
  const q = offered('q', nHeads);
  const k = offered('k', nKeyHeads);
  const v = offered('v', nKeyHeads);
  const inside = ['hook_attn_scores', 'hook_pattern', 'hook_result'];
  const isPlain = context.mask === undefined && nKeyHeads === nHeads && parts.softcap === undefined;
  if (isPlain && !inside.some((point) => hooks.wants(`${name}.${point}`))) {
    const z = multiHeadAttention(sideBySide(q), sideBySide(k), sideBySide(v), nHeads);
    const point = `${name}.hook_z`;
    const offeredZ = hooks.wants(point) ? hooks.mark(point, byHead(z, nHeads)) : z;
    return { out: applyLinear(sideBySide(offeredZ), parts.out) };
  }
  const heads = { q: byHead(q, nHeads), k: byHead(k, nKeyHeads), v: byHead(v, nKeyHeads) };
  return inSteps(heads, parts, name, hooks, context);
}

/** Attention step by step, of queries, keys and values `[batch, positions, heads, dHead]`. */
function inSteps(
  { q: plainQ, k: plainK, v }: { q: Value; k: Value; v: Value },
  parts: Attention,
  name: string,
  hooks: Hooks,
  { mask, padded = false, rotary, past }: AttentionContext,
): AttentionResult {
  const { nHeads, divisor, softcap } = parts;
  const turned = (value: Value, which: 'q' | 'k'): Value =>
    rotary === undefined ? value : hooks.mark(`${name}.hook_rot_${which}`, rotate(value, rotary));
  const q = turned(plainQ, 'q');
  const keys = withPast(headFirst(turned(plainK, 'k')), past?.k);
  const values = withPast(headFirst(v), past?.v);
  const products = sharedProduct(headFirst(q), transpose(keys, [0, 1, 3, 2]));
  const scaled = scale(products, 1 / divisor);
  const capped = softcap === undefined ? scaled : scale(tanh(scale(scaled, 1 / softcap)), softcap);
  const scores = hooks.mark(
    `${name}.hook_attn_scores`,
    mask === undefined ? capped : add(capped, mask),
  );
  const weights = softmax(scores);
  const pattern = hooks.mark(
    `${name}.hook_pattern`,
    padded ? where(isNan(weights), scalar(0), weights) : weights,
  );
  const z = hooks.mark(`${name}.hook_z`, headFirst(sharedProduct(pattern, values)));
  const out = hooks.wants(`${name}.hook_result`)
    ? sumOfHeads(z, parts.out, nHeads, `${name}.hook_result`, hooks)
    : applyLinear(sideBySide(z), parts.out);
  return { out, present: { k: keys, v: values } };
}

/** `A B` for each head of `a` `[batch, heads, rows, inner]`, where neighbouring ones share a head of `b`. */
function sharedProduct(a: Value, b: Value): Value {
  const [batch, nHeads, rows, inner] = a.shape as [Dim, number, Dim, Dim];
  const nShared = b.shape[1] as number;
  if (nShared === nHeads) return matMul(a, b);
  const group = nHeads / nShared;
  const together = reshape(a, [batch, nShared, `${group}·${rows}`, inner]);
  return reshape(matMul(together, b), [batch, nHeads, rows, b.shape[3]!]);
}

/** `[batch, positions, heads · dHead]` as `[batch, positions, heads, dHead]`. */
function byHead(x: Value, nHeads: number): Value {
  const [batch, positions, width] = x.shape as [Dim, Dim, number];
  return x.shape.length === 4 ? x : reshape(x, [batch, positions, nHeads, width / nHeads]);
}

/** `[batch, positions, heads, dHead]` as `[batch, positions, heads · dHead]`. */
function sideBySide(x: Value): Value {
  const [batch, positions, nHeads, dHead] = x.shape as [Dim, Dim, number, number];
  return x.shape.length === 3 ? x : reshape(x, [batch, positions, nHeads * dHead]);
}

/** `[batch, positions, heads, …]` to `[batch, heads, positions, …]`, and back. */
function headFirst(x: Value): Value {
  return transpose(x, [0, 2, 1, 3]);
}

function withPast(x: Value, past: Value | undefined): Value {
  return past === undefined ? x : concat([past, x], 2);
}

/** What each head adds, `[batch, positions, heads, dModel]`, as a point; then their sum and the bias. */
function sumOfHeads(z: Value, out: Linear, nHeads: number, name: string, hooks: Hooks): Value {
  const weight = inOut(out);
  const [rows, dModel] = weight.shape as [number, number];
  const perHead = reshape(weight, [nHeads, rows / nHeads, dModel]);
  const result = hooks.mark(name, headFirst(matMul(headFirst(z), perHead)));
  const sum = reduceSum(result, [2], false);
  return out.bias === undefined ? sum : add(sum, out.bias);
}
