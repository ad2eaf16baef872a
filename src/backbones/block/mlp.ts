// MLPs of a block: plain, with a norm behind the activation (SoLU), or gated.
import type { Value } from '../../compute/onnx/graph.ts';
import { mul, split } from '../../compute/onnx/ops.ts';
import { type Activation, activate } from './activation.ts';
import type { Hooks } from './hooks.ts';
import { applyLinear, type Linear } from './linear.ts';
import { hookedNorm, type Norm } from './norm.ts';

/** `out(act(in(x)))`. */
export interface PlainMlp {
  readonly kind: 'plain';
  readonly activation: Activation;
  readonly in: Linear;
  /** Norm behind the activation. */
  readonly norm?: Norm;
  readonly out: Linear;
}

/** `out(act(gate(x)) · in(x))`. */
export interface GatedMlp {
  readonly kind: 'gated';
  readonly activation: Activation;
  /** Gate and input, one weight each, or in one with the gate first. */
  readonly gateAndIn: Linear | { readonly gate: Linear; readonly in: Linear };
  readonly out: Linear;
}

/** The MLP of a block: plain, or with a gate. */
export type Mlp = PlainMlp | GatedMlp;

/**
 * An MLP over `x` `[batch, positions, dModel]`, with the points `hook_pre` and `hook_post` `[batch, positions, dMlp]`;
 * gated, `hook_pre` is the gate before its activation and `hook_pre_linear` what it multiplies; with a norm, `hook_mid`
 * lies before it.
 */
export function mlp(x: Value, parts: Mlp, name: string, hooks: Hooks): Value {
  const written =
    parts.kind === 'plain' ? plain(x, parts, name, hooks) : gated(x, parts, name, hooks);
  return applyLinear(hooks.mark(`${name}.hook_post`, written), parts.out);
}

function plain(x: Value, parts: PlainMlp, name: string, hooks: Hooks): Value {
  const before = hooks.mark(`${name}.hook_pre`, applyLinear(x, parts.in));
  const after = activate(before, parts.activation);
  if (parts.norm === undefined) return after;
  return hookedNorm(hooks.mark(`${name}.hook_mid`, after), parts.norm, `${name}.ln`, hooks);
}

function gated(x: Value, { gateAndIn, activation }: GatedMlp, name: string, hooks: Hooks): Value {
  const [gate, input] =
    'gate' in gateAndIn
      ? [applyLinear(x, gateAndIn.gate), applyLinear(x, gateAndIn.in)]
      : halves(applyLinear(x, gateAndIn));
  const before = hooks.mark(`${name}.hook_pre`, gate);
  const linearPart = hooks.mark(`${name}.hook_pre_linear`, input);
  return mul(activate(before, activation), linearPart);
}

function halves(x: Value): [Value, Value] {
  const width = (x.shape.at(-1) as number) / 2;
  return split(x, [width, width]) as [Value, Value];
}
