// Causal attention with every hook point of TransformerLens, rotary positions, and keys and values from earlier runs.
// Scores are −∞ where a query may not look; some of TransformerLens' own models have −1e5 there, which no pattern shows.
import { type Dim, scalar, type Value } from '../../../compute/onnx/graph.ts';
import {
  add,
  concat,
  expandLike,
  isNan,
  matMul,
  mul,
  neg,
  reduceSum,
  reshape,
  scale,
  slice,
  softmax,
  transpose,
  where,
} from '../../../compute/onnx/ops.ts';
import type { Hooks } from '../../transformer.ts';
import { hookedNorm, type LanguageNorm } from './norms.ts';

/** A linear map `x W + b`: `weight` `[in, out]`, `bias` `[out]`. */
export interface Affine {
  readonly weight: Value;
  readonly bias?: Value;
}

/** Weights of an attention layer; the heads stand side by side, `dHead` columns (rows of `o`) each. */
export interface AttentionParts {
  readonly q: Affine;
  readonly k: Affine;
  readonly v: Affine;
  readonly o: Affine;
  readonly nHeads: number;
  /** Scores are divided by this. */
  readonly divisor: number;
}

/** What attention is given besides the residual stream; the same for all layers of a run. */
export interface AttentionContext {
  /** Added to the scores: 0 where a query may look, −∞ elsewhere; `[batch or 1, 1, query, key]`. */
  readonly mask: Value;
  /** Whether a query may have nothing to look at. */
  readonly padded: boolean;
  /** Cosines and sines `[batch or 1, positions, 1, rotaryDim]`. */
  readonly rotary?: { readonly cos: Value; readonly sin: Value };
  /** Position embeddings added to what queries and keys read. */
  readonly shortformer?: Value;
  /** Keys (rotated) and values of earlier positions, `[batch, heads, past, dHead]`. */
  readonly past?: { readonly k: Value; readonly v: Value };
}

export interface AttentionResult {
  /** What is added to the residual stream, `[batch, positions, dModel]`. */
  readonly out: Value;
  /** Keys and values up to and with this run's positions, `[batch, heads, keys, dHead]`. */
  readonly present: { readonly k: Value; readonly v: Value };
}

/** `x W + b`. */
export function affine(x: Value, { weight, bias }: Affine): Value {
  const y = matMul(x, weight);
  return bias === undefined ? y : add(y, bias);
}

/** Attention of `x` `[batch, positions, dModel]`, the residual stream, behind the norm `ln1`. */
export function attention(
  x: Value,
  parts: AttentionParts,
  context: AttentionContext,
  norm: LanguageNorm | undefined,
  block: string,
  hooks: Hooks,
): AttentionResult {
  const name = `${block}.attn`;
  const { nHeads } = parts;
  const project = projections(x, parts, context, norm, block, hooks);
  let q = hooks.mark(`${name}.hook_q`, project('q'));
  let k = hooks.mark(`${name}.hook_k`, project('k'));
  const v = hooks.mark(`${name}.hook_v`, project('v'));
  if (context.rotary !== undefined) {
    q = hooks.mark(`${name}.hook_rot_q`, rotate(q, context.rotary));
    k = hooks.mark(`${name}.hook_rot_k`, rotate(k, context.rotary));
  }
  const keys = withPast(headFirst(k), context.past?.k);
  const values = withPast(headFirst(v), context.past?.v);
  const products = matMul(headFirst(q), transpose(keys, [0, 1, 3, 2]));
  const masked = add(scale(products, 1 / parts.divisor), context.mask);
  const scores = hooks.mark(`${name}.hook_attn_scores`, masked);
  const weights = softmax(scores);
  const pattern = hooks.mark(
    `${name}.hook_pattern`,
    context.padded ? where(isNan(weights), scalar(0), weights) : weights,
  );
  const z = hooks.mark(`${name}.hook_z`, transpose(matMul(pattern, values), [0, 2, 1, 3]));
  const out = hooks.wants(`${name}.hook_result`)
    ? sumOfHeads(z, parts.o, nHeads, `${name}.hook_result`, hooks)
    : affine(reshape(z, [z.shape[0]!, z.shape[1]!, parts.o.weight.shape[0]!]), parts.o);
  return { out, present: { k: keys, v: values } };
}

/** The maps to queries, keys and values `[batch, positions, heads, dHead]`. */
function projections(
  x: Value,
  parts: AttentionParts,
  context: AttentionContext,
  norm: LanguageNorm | undefined,
  block: string,
  hooks: Hooks,
): (which: 'q' | 'k' | 'v') => Value {
  const { nHeads } = parts;
  const [batch, positions, dModel] = x.shape as [Dim, Dim, number];
  const normed = (value: Value): Value =>
    norm === undefined ? value : hookedNorm(value, norm, `${block}.ln1`, hooks);
  /** `value` with the positions that a shortformer adds; `rows` is their shape. */
  const shifted = (value: Value, which: string, rows?: readonly Dim[]): Value => {
    const places = context.shortformer;
    if (which === 'v' || places === undefined) return value;
    return add(value, rows === undefined ? places : reshape(places, rows));
  };

  const splits = ['hook_attn_in', 'hook_q_input', 'hook_k_input', 'hook_v_input'];
  if (!splits.some((point) => hooks.wants(`${block}.${point}`))) {
    const read = normed(x);
    return (which) => {
      const y = affine(shifted(read, which), parts[which]);
      return reshape(y, [batch, positions, nHeads, (y.shape[2] as number) / nHeads]);
    };
  }
  // One copy of the residual stream a head, each of which can be read or replaced by itself.
  const wide = [batch, positions, nHeads, dModel];
  const copies = expandLike(reshape(x, [batch, positions, 1, dModel]), x, wide);
  const shared = hooks.mark(`${block}.hook_attn_in`, copies);
  const perPlace = [context.shortformer?.shape[0] ?? 1, positions, 1, dModel];
  // The points of the norm keep their shape: they show the residual stream that all heads share.
  const quiet: Hooks = { wants: () => false, mark: (_, value) => value };
  if (norm !== undefined) hookedNorm(x, norm, `${block}.ln1`, hooks);
  return (which) => {
    const own = hooks.mark(`${block}.hook_${which}_input`, shared);
    const read = norm === undefined ? own : hookedNorm(own, norm, '', quiet);
    const { weight, bias } = parts[which];
    const dHead = (weight.shape[1] as number) / nHeads;
    const perHead = transpose(reshape(weight, [dModel, nHeads, dHead]), [1, 0, 2]);
    const y = headFirst(matMul(headFirst(shifted(read, which, perPlace)), perHead));
    return bias === undefined ? y : add(y, reshape(bias, [nHeads, dHead]));
  };
}

/** `[batch, positions, heads, …]` to `[batch, heads, positions, …]`, and back. */
function headFirst(x: Value): Value {
  return transpose(x, [0, 2, 1, 3]);
}

function withPast(x: Value, past: Value | undefined): Value {
  return past === undefined ? x : concat([past, x], 2);
}

/**
 * Turn pairs of elements by their position's angles: element `i` of the first `dim` goes with `i + dim/2`, the rest
 * stays (Su et al., "RoFormer", 2021, in GPT-NeoX's order).
 */
function rotate(x: Value, { cos, sin }: { cos: Value; sin: Value }): Value {
  const dim = cos.shape.at(-1) as number;
  const dHead = x.shape[3] as number;
  const turned = dim === dHead ? x : slice(x, 3, 0, dim);
  const first = slice(turned, 3, 0, dim / 2);
  const second = slice(turned, 3, dim / 2, dim);
  const y = add(mul(turned, cos), mul(concat([neg(second), first], 3), sin));
  return dim === dHead ? y : concat([y, slice(x, 3, dim, dHead)], 3);
}

/** What each head adds, `[batch, positions, heads, dModel]`, as a point; then their sum and the bias. */
function sumOfHeads(z: Value, o: Affine, nHeads: number, name: string, hooks: Hooks): Value {
  const [rows, dModel] = o.weight.shape as [number, number];
  const perHead = reshape(o.weight, [nHeads, rows / nHeads, dModel]);
  const result = hooks.mark(name, headFirst(matMul(headFirst(z), perHead)));
  const sum = reduceSum(result, [2], false);
  return o.bias === undefined ? sum : add(sum, o.bias);
}
