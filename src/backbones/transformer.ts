// The pre-norm transformer block that all families share, with a named hook point at every step.
import { type Dim, identity, scalar, type Value } from '../compute/onnx/graph.ts';
import {
  add,
  div,
  gelu,
  layerNorm,
  linear,
  matMul,
  mul,
  multiHeadAttention,
  quickGelu,
  reduceMean,
  reshape,
  scale,
  silu,
  softmax,
  split,
  sqrt,
  square,
  sub,
  transpose,
} from '../compute/onnx/ops.ts';

/** A PyTorch `Linear`: `weight` `[out, in]`, `bias` `[out]`. */
export interface Linear {
  readonly weight: Value;
  readonly bias?: Value;
}

/** A layer norm: `gain` and `bias` `[dModel]`. */
export interface Norm {
  readonly gain: Value;
  readonly bias: Value;
  /** Added to the variance. */
  readonly epsilon: number;
}

export type Activation = 'gelu' | 'quickgelu' | 'gelu_tanh';

/** An MLP: `out(act(in(x)))`, or gated, `out(silu(gate(x)) · in(x))`. */
export type Mlp =
  | { readonly kind: 'plain'; readonly in: Linear; readonly out: Linear }
  /** Gate and input stand in one weight, gate first. */
  | { readonly kind: 'gated'; readonly gateAndIn: Linear; readonly out: Linear };

/** Weights of one block. */
export interface Block {
  readonly ln1: Norm;
  /** Query, key and value in one weight `[3 dModel, dModel]`, or one each. */
  readonly attention:
    | { readonly qkv: Linear }
    | { readonly q: Linear; readonly k: Linear; readonly v: Linear };
  readonly attentionOut: Linear;
  /** LayerScale: gains `[dModel]` on what is added to the residual stream. */
  readonly scale1?: Value;
  readonly ln2: Norm;
  readonly mlp: Mlp;
  readonly scale2?: Value;
}

export interface BlockOptions {
  readonly nHeads: number;
  readonly activation: Activation;
}

/** Collects the hook points that a run asks for. */
export interface Hooks {
  /** Whether the run reads or replaces the point. */
  wants(name: string): boolean;
  /** Pass `value` on as the point `name`. */
  mark(name: string, value: Value): Value;
}

/** Hooks that keep the points in `wanted` (all where it is undefined) in `points`, in order of computation. */
export function collectHooks(wanted?: ReadonlySet<string>): Hooks & { points: Map<string, Value> } {
  const points = new Map<string, Value>();
  const wants = (name: string): boolean => wanted === undefined || wanted.has(name);
  return {
    points,
    wants,
    mark(name, value) {
      if (!wants(name)) return value;
      // A value of its own, so that replacing this point leaves other uses of the same numbers alone.
      const point = identity(value);
      points.set(name, point);
      return point;
    },
  };
}

/**
 * One block: `mid = x + attention(ln1(x))`, `y = mid + mlp(ln2(mid))`, `x` `[batch, tokens, dModel]`.
 *
 * Hook points carry TransformerLens' names. `hook_normalized` is what attention or MLP reads, after gain and bias;
 * `hook_attn_out` and `hook_mlp_out` are what is added to the residual stream, after LayerScale.
 */
export function transformerBlock(
  x: Value,
  block: Block,
  name: string,
  options: BlockOptions,
  hooks: Hooks,
): Value {
  const before = hooks.mark(`${name}.hook_resid_pre`, x);
  const read = hookedNorm(before, block.ln1, `${name}.ln1`, hooks);
  const attended = attention(read, block, `${name}.attn`, options.nHeads, hooks);
  const attentionOut = hooks.mark(`${name}.hook_attn_out`, scaled(attended, block.scale1));
  const middle = hooks.mark(`${name}.hook_resid_mid`, add(before, attentionOut));
  const readByMlp = hookedNorm(middle, block.ln2, `${name}.ln2`, hooks);
  const written = mlp(readByMlp, block.mlp, `${name}.mlp`, options.activation, hooks);
  const mlpOut = hooks.mark(`${name}.hook_mlp_out`, scaled(written, block.scale2));
  return hooks.mark(`${name}.hook_resid_post`, add(middle, mlpOut));
}

/** Layer norm with the points `hook_scale` (`√(variance + ε)`, `[batch, tokens, 1]`) and `hook_normalized`. */
export function hookedNorm(x: Value, norm: Norm, name: string, hooks: Hooks): Value {
  if (!hooks.wants(`${name}.hook_scale`)) {
    return hooks.mark(`${name}.hook_normalized`, applyNorm(x, norm));
  }
  const centred = sub(x, reduceMean(x, [-1]));
  const variance = reduceMean(square(centred), [-1]);
  const deviation = hooks.mark(`${name}.hook_scale`, sqrt(add(variance, scalar(norm.epsilon))));
  const y = add(mul(div(centred, deviation), norm.gain), norm.bias);
  return hooks.mark(`${name}.hook_normalized`, y);
}

/** Layer norm over the last axis. */
export function applyNorm(x: Value, { gain, bias, epsilon }: Norm): Value {
  return layerNorm(x, gain, bias, epsilon);
}

/** `x Wᵀ + b`. */
export function applyLinear(x: Value, { weight, bias }: Linear): Value {
  return linear(x, weight, bias);
}

function attention(x: Value, block: Block, name: string, nHeads: number, hooks: Hooks): Value {
  const dModel = x.shape[2] as number;
  const dHead = dModel / nHeads;
  const parts = block.attention;
  const [q, k, v] = (
    'qkv' in parts
      ? split(applyLinear(x, parts.qkv), [dModel, dModel, dModel])
      : [parts.q, parts.k, parts.v].map((each) => applyLinear(x, each))
  ).map((value, i) => perHead(value, nHeads, `${name}.hook_${'qkv'[i]}`, hooks));
  const z =
    hooks.wants(`${name}.hook_attn_scores`) || hooks.wants(`${name}.hook_pattern`)
      ? openAttention(q!, k!, v!, name, { nHeads, dHead }, hooks)
      : multiHeadAttention(q!, k!, v!, nHeads);
  return applyLinear(perHead(z, nHeads, `${name}.hook_z`, hooks), block.attentionOut);
}

/** Attention step by step, with scores and pattern `[batch, heads, query, key]` open to hooks. */
function openAttention(
  q: Value,
  k: Value,
  v: Value,
  name: string,
  { nHeads, dHead }: { nHeads: number; dHead: number },
  hooks: Hooks,
): Value {
  const [batch, tokens, dModel] = q.shape as [Dim, Dim, Dim];
  const heads = (value: Value, order: readonly number[]): Value =>
    transpose(reshape(value, [batch, tokens, nHeads, dHead]), order);
  const products = matMul(heads(q, [0, 2, 1, 3]), heads(k, [0, 2, 3, 1]));
  const scores = hooks.mark(`${name}.hook_attn_scores`, scale(products, 1 / Math.sqrt(dHead)));
  const pattern = hooks.mark(`${name}.hook_pattern`, softmax(scores));
  const z = transpose(matMul(pattern, heads(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
  return reshape(z, [batch, tokens, dModel]);
}

/** Offer `value` `[batch, tokens, dModel]` as the point `name`, `[batch, tokens, heads, dHead]`. */
function perHead(value: Value, nHeads: number, name: string, hooks: Hooks): Value {
  if (!hooks.wants(name)) return value;
  const [batch, tokens, dModel] = value.shape as [Dim, Dim, number];
  const point = hooks.mark(name, reshape(value, [batch, tokens, nHeads, dModel / nHeads]));
  return reshape(point, value.shape);
}

function mlp(x: Value, parts: Mlp, name: string, activation: Activation, hooks: Hooks): Value {
  if (parts.kind === 'plain') {
    const before = hooks.mark(`${name}.hook_pre`, applyLinear(x, parts.in));
    return applyLinear(hooks.mark(`${name}.hook_post`, activate(before, activation)), parts.out);
  }
  const both = applyLinear(x, parts.gateAndIn);
  const width = (both.shape[2] as number) / 2;
  const [gate, input] = split(both, [width, width]);
  const before = hooks.mark(`${name}.hook_pre`, gate!);
  const linearPart = hooks.mark(`${name}.hook_pre_linear`, input!);
  return applyLinear(hooks.mark(`${name}.hook_post`, mul(silu(before), linearPart)), parts.out);
}

/** Apply an activation function by its name. */
export function activate(x: Value, activation: Activation): Value {
  if (activation === 'quickgelu') return quickGelu(x);
  return gelu(x, activation === 'gelu_tanh' ? 'tanh' : 'none');
}

function scaled(x: Value, gains: Value | undefined): Value {
  return gains === undefined ? x : mul(x, gains);
}
