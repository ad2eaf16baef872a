// A transformer block as OpenAI's CLIP and open_clip store it: queries, keys and values in one, LayerScale where there is any.
import type { Value } from '../compute/onnx/graph.ts';
import type { Activation } from './block/activation.ts';
import type { Block } from './block/block.ts';
import { headsIn } from './vision/parts.ts';
import { linearAt, normAt, type Weights } from './weights.ts';

/** A block with OpenAI's key names, which the image and the text tower of CLIP have. */
export function clipBlock(
  weights: Weights,
  { dModel, nHeads }: { readonly dModel: number; readonly nHeads: number },
  { epsilon, activation }: { epsilon: number; activation: Activation },
): Block {
  const dMlp = weights.shapeOf('mlp.c_fc.weight')[0]!;
  const gains = (name: string): Value | undefined =>
    weights.has(name) ? weights.take(name, [dModel]) : undefined;
  return {
    ln1: normAt(weights, 'ln_1', dModel, epsilon),
    attention: {
      qkv: {
        weight: weights.take('attn.in_proj_weight', [3 * dModel, dModel]),
        bias: weights.take('attn.in_proj_bias', [3 * dModel]),
      },
      out: linearAt(weights, 'attn.out_proj', dModel, dModel),
      ...headsIn(dModel, nHeads),
    },
    scale1: gains('ls_1.gamma'),
    ln2: normAt(weights, 'ln_2', dModel, epsilon),
    mlp: {
      kind: 'plain',
      activation,
      in: linearAt(weights, 'mlp.c_fc', dMlp, dModel),
      out: linearAt(weights, 'mlp.c_proj', dModel, dMlp),
    },
    scale2: gains('ls_2.gamma'),
  };
}
