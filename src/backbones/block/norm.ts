// Norms over the last axis, with their hook points.
import { constant, scalar, type Value } from '../../compute/onnx/graph.ts';
import { add, div, layerNorm, mul, reduceMean, sqrt, square, sub } from '../../compute/onnx/ops.ts';
import type { Hooks } from './hooks.ts';

/** A norm. What is left out of gain and bias is one and zero. */
export interface Norm {
  /** Layer norm `(x − mean) / √(variance + ε)`, the default, or RMS norm `x / √(mean x² + ε)`, which keeps the mean. */
  readonly kind?: 'layer' | 'rms';
  readonly gain?: Value;
  readonly bias?: Value;
  readonly epsilon: number;
}

/**
 * A norm with the points `hook_scale` (the root, `[batch, positions, 1]`) and `hook_normalized`: the quotient, before gain
 * and bias in language models, and after them in vision transformers (`hooks.normalized`). One operator, unless a point
 * or an RMS norm asks for the steps.
 */
export function hookedNorm(x: Value, norm: Norm, name: string, hooks: Hooks): Value {
  const scalePoint = `${name}.hook_scale`;
  const point = `${name}.hook_normalized`;
  const isAfter = hooks.normalized === 'after';
  const needsRoot = norm.kind === 'rms' || hooks.wants(scalePoint);
  if (!needsRoot && (isAfter || !hooks.wants(point))) {
    const y = inOneStep(x, norm);
    return isAfter ? hooks.mark(point, y) : y;
  }
  const quotient = needsRoot
    ? overRoot(x, norm, (root) => hooks.mark(scalePoint, root))
    : inOneStep(x, { epsilon: norm.epsilon });
  return isAfter
    ? hooks.mark(point, withGain(quotient, norm))
    : withGain(hooks.mark(point, quotient), norm);
}

/** A norm that offers no point. */
export function applyNorm(x: Value, norm: Norm): Value {
  return norm.kind === 'rms'
    ? withGain(
        overRoot(x, norm, (root) => root),
        norm,
      )
    : inOneStep(x, norm);
}

function inOneStep(x: Value, { gain, bias, epsilon }: Norm): Value {
  const size = x.shape.at(-1) as number;
  const ones = (): Value => constant(new Float32Array(size).fill(1), [size]);
  const zeros = (): Value => constant(new Float32Array(size), [size]);
  return layerNorm(x, gain ?? ones(), bias ?? zeros(), epsilon);
}

function overRoot(x: Value, { kind, epsilon }: Norm, mark: (root: Value) => Value): Value {
  const centred = kind === 'rms' ? x : sub(x, reduceMean(x, [-1]));
  const root = sqrt(add(reduceMean(square(centred), [-1]), scalar(epsilon)));
  return div(centred, mark(root));
}

function withGain(x: Value, { gain, bias }: Norm): Value {
  const scaled = gain === undefined ? x : mul(x, gain);
  return bias === undefined ? scaled : add(scaled, bias);
}
