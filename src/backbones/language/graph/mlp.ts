// MLPs of language models, with SoLU and the layer norm behind it.
import type { Value } from '../../../compute/onnx/graph.ts';
import { gelu, mul, relu, silu, softmax } from '../../../compute/onnx/ops.ts';
import type { Hooks } from '../../transformer.ts';
import type { LanguageActivation } from '../model-config.ts';
import { type Affine, affine } from './attention.ts';
import { hookedNorm, type LanguageNorm } from './norms.ts';

export interface MlpParts {
  readonly in: Affine;
  readonly out: Affine;
  /** Norm behind the activation (`solu_ln`). */
  readonly norm?: LanguageNorm;
}

/** `out(act(in(x)))`, with the points `hook_pre` and `hook_post`; with a norm also `hook_mid`, before it. */
export function mlp(
  x: Value,
  parts: MlpParts,
  activation: LanguageActivation,
  name: string,
  hooks: Hooks,
): Value {
  const before = hooks.mark(`${name}.hook_pre`, affine(x, parts.in));
  let after = activate(before, activation);
  if (parts.norm !== undefined) {
    const middle = hooks.mark(`${name}.hook_mid`, after);
    after = hookedNorm(middle, parts.norm, `${name}.ln`, hooks);
  }
  return affine(hooks.mark(`${name}.hook_post`, after), parts.out);
}

/** Apply an activation function; SoLU is `x · softmax(x)` (Elhage et al., "Softmax Linear Units", 2022). */
function activate(x: Value, activation: LanguageActivation): Value {
  switch (activation) {
    case 'gelu':
      return gelu(x);
    case 'gelu_tanh':
      return gelu(x, 'tanh');
    case 'relu':
      return relu(x);
    case 'silu':
      return silu(x);
    case 'solu':
    case 'solu_ln':
      return mul(x, softmax(x));
  }
}
