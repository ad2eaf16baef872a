// Layer norms of language models. TransformerLens puts its hook point before gain and bias.
import { constant, scalar, type Value } from '../../../compute/onnx/graph.ts';
import {
  add,
  div,
  layerNorm,
  mul,
  reduceMean,
  sqrt,
  square,
  sub,
} from '../../../compute/onnx/ops.ts';
import type { Hooks } from '../../transformer.ts';

/** A norm over the last axis. */
export interface LanguageNorm {
  /** Whether the mean is left in: `x / √(mean x² + ε)`. */
  readonly rms?: boolean;
  readonly gain?: Value;
  readonly bias?: Value;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * `(x − mean) / √(variance + ε) · gain + bias` with the points `hook_scale` (the root, `[batch, positions, 1]`) and
 * `hook_normalized` (the quotient). One operator, unless a point or the mean asks for the steps.
 */
export function hookedNorm(x: Value, norm: LanguageNorm, name: string, hooks: Hooks): Value {
  const { rms = false, gain, bias, epsilon } = norm;
  const [scalePoint, normalizedPoint] = [`${name}.hook_scale`, `${name}.hook_normalized`];
  const size = x.shape.at(-1) as number;
  const unit = (): Value => constant(new Float32Array(size).fill(1), [size]);
  const zero = (): Value => constant(new Float32Array(size), [size]);
  if (!rms && !hooks.wants(scalePoint) && !hooks.wants(normalizedPoint)) {
    return layerNorm(x, gain ?? unit(), bias ?? zero(), epsilon);
  }
  let normalized: Value;
  if (rms || hooks.wants(scalePoint)) {
    const centred = rms ? x : sub(x, reduceMean(x, [-1]));
    const deviation = sqrt(add(reduceMean(square(centred), [-1]), scalar(epsilon)));
    normalized = div(centred, hooks.mark(scalePoint, deviation));
  } else {
    normalized = layerNorm(x, unit(), zero(), epsilon);
  }
  const point = hooks.mark(normalizedPoint, normalized);
  const scaled = gain === undefined ? point : mul(point, gain);
  return bias === undefined ? scaled : add(scaled, bias);
}
