// Linear layers as published files store them.
import type { Value } from '../../compute/onnx/graph.ts';
import { add, linear, matMul, transpose } from '../../compute/onnx/ops.ts';

/** A linear layer `x W + b` over the last axis. */
export interface Linear {
  /** `[out, in]` as in PyTorch's `Linear`, or `[in, out]`. */
  readonly weight: Value;
  /** `[out]`. */
  readonly bias?: Value;
  /** How the weight stands: `in-out` in GPT-2's `Conv1D` and in TransformerLens, else PyTorch's `out-in`. */
  readonly order?: 'out-in' | 'in-out';
}

/** `x W + b`. */
export function applyLinear(x: Value, layer: Linear): Value {
  const { weight, bias, order = 'out-in' } = layer;
  // `linear` lays rows out as one matrix, which takes sizes that are known but one.
  const isOpen = x.shape.slice(0, -1).filter((size) => typeof size === 'string').length > 1;
  if (order === 'out-in' && !isOpen) return linear(x, weight, bias);
  const y = matMul(x, inOut(layer));
  return bias === undefined ? y : add(y, bias);
}

/** The weight as `[in, out]`. */
export function inOut({ weight, order }: Linear): Value {
  return order === 'in-out' ? weight : transpose(weight, [1, 0]);
}
