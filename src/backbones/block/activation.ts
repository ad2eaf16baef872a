// Activation functions of MLPs, by name.
import type { Value } from '../../compute/onnx/graph.ts';
import { gelu, mul, quickGelu, relu, silu, softmax } from '../../compute/onnx/ops.ts';

/** `gelu` is exact, `gelu_tanh` its approximation; SoLU is `x · softmax(x)` (Elhage et al. 2022). */
export type Activation = 'gelu' | 'gelu_tanh' | 'quickgelu' | 'relu' | 'silu' | 'solu';

/** Apply an activation function; `x` `[…, dMlp]`. */
export function activate(x: Value, activation: Activation): Value {
  switch (activation) {
    case 'gelu':
      return gelu(x);
    case 'gelu_tanh':
      return gelu(x, 'tanh');
    case 'quickgelu':
      return quickGelu(x);
    case 'relu':
      return relu(x);
    case 'silu':
      return silu(x);
    case 'solu':
      return mul(x, softmax(x));
  }
}
