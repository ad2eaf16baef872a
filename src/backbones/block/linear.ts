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
export function applyLinear(x: Value, { weight, bias, order = 'out-in' }: Linear): Value {
  if (order === 'out-in') return linear(x, weight, bias);
  const y = matMul(x, weight);
  return bias === undefined ? y : add(y, bias);
}

/** The weight as `[in, out]`. */
export function inOut({ weight, order }: Linear): Value {
  return order === 'in-out' ? weight : transpose(weight, [1, 0]);
}
