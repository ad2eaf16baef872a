// Rotary positions.
import type { Value } from '../../compute/onnx/graph.ts';
import { add, concat, mul, neg, slice } from '../../compute/onnx/ops.ts';

/** Cosines and sines of each position's angles, `[batch or 1, positions, 1, rotaryDim]`. */
export interface Rotations {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * Turn pairs of elements of `x` `[batch, positions, heads, dHead]` by their position's angles: element `i` of the first
 * `dim` goes with `i + dim/2`, the rest stays (Su et al., "RoFormer", 2021, in the order of GPT-NeoX and Llama).
 */
export function rotate(x: Value, { cos, sin }: Rotations): Value {
  const dim = cos.shape.at(-1) as number;
  const dHead = x.shape[3] as number;
  const turned = dim === dHead ? x : slice(x, 3, 0, dim);
  const first = slice(turned, 3, 0, dim / 2);
  const second = slice(turned, 3, dim / 2, dim);
  const y = add(mul(turned, cos), mul(concat([neg(second), first], 3), sin));
  return dim === dHead ? y : concat([y, slice(x, 3, dim, dHead)], 3);
}
