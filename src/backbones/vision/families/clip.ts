// CLIP's image tower as open_clip writes it (open_clip/transformer.py, VisionTransformer), with the key names of its
// checkpoints, under `visual.` or not:
//
//   conv1.weight [d, 3, p, p] · class_embedding [d] · positional_embedding [1 + patches, d] · ln_pre.{weight,bias}
//   transformer.resblocks.N.{ln_1,ln_2}.{weight,bias} · .attn.in_proj_{weight,bias} [3d, d] · .attn.out_proj.{…}
//   .mlp.{c_fc,c_proj}.{weight,bias} · .{ls_1,ls_2}.gamma (rare) · ln_post.{weight,bias}
import { UserError } from '../../../base/errors.ts';
import { concat, reduceMean, slice } from '../../../compute/onnx/ops.ts';
import { applyNorm, type Norm } from '../../block/norm.ts';
import { clipBlock } from '../../clip-block.ts';
import { countBlocks, normAt, underPrefix, type Weights } from '../../weights.ts';
import type { VisionFamily } from '../family.ts';
import { isOpenClipName, resolveOpenClip } from '../open-clip/open-clip.ts';
import { openClipTransform } from '../open-clip/open-clip-transform.ts';
import { headsOf, patchEmbedAt, visionConfig } from '../parts.ts';
import type { CheckpointConfig } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';

/** Family of CLIP's image towers, under open_clip's names. */
export const clip = {
  name: 'clip',
  defaultCheckpoint: 'ViT-L-14/openai',
  knows: (checkpoint) => isOpenClipName('clip', checkpoint),
  resolve: (checkpoint, options) => resolveOpenClip('clip', checkpoint, options),
  parts: clipParts,
  transform: (config, size) => openClipTransform({ ...config, size }),
  // The few checkpoints that squash are shown cropped.
  view: openClipTransform({ size: 224 }),
} as const satisfies VisionFamily;

/** Parts of a CLIP image tower; the activation is exact GELU unless the config says otherwise. */
export function clipParts(all: Weights, given: CheckpointConfig): VisionParts {
  const weights = all.has('visual.conv1.weight') ? underPrefix(all, 'visual.') : all;
  if (weights.has('layer1.0.conv1.weight') || !weights.has('class_embedding')) {
    throw new UserError('unsupported checkpoint: no CLIP vision transformer in it', {
      hint: 'ResNet and ConvNeXt towers have no residual stream of tokens; SigLIP is the family siglip',
    });
  }
  const { dModel, patchSize, ...patchEmbed } = patchEmbedAt(weights, 'conv1');
  const nPositions = weights.shapeOf('positional_embedding')[0]!;
  const nLayers = countBlocks(weights, (i) => `transformer.resblocks.${i}.ln_1.weight`);
  const config = visionConfig(
    { nLayers, dModel, nHeads: headsOf(dModel, given), patchSize, hasCls: true, nPositions },
    given,
  );
  const epsilon = given.layerNormEpsilon ?? 1e-5;
  const kinds = { epsilon, activation: given.activation ?? 'gelu' };
  const finalNorm = normAt(weights, 'ln_post', dModel, epsilon);
  return {
    config,
    patchEmbed,
    cls: weights.take('class_embedding', [dModel], [1, 1, dModel]),
    positions: weights.take('positional_embedding', [nPositions, dModel], [1, nPositions, dModel]),
    preNorm: weights.has('ln_pre.weight') ? normAt(weights, 'ln_pre', dModel, epsilon) : undefined,
    blocks: Array.from({ length: nLayers }, (_, i) =>
      clipBlock(underPrefix(weights, `transformer.resblocks.${i}.`), config, kinds),
    ),
    finalNorm,
    output: pooling(given, finalNorm),
  };
}

/**
 * What open_clip's tower returns without its projection: the pooled vector, then the patches,
 * `[batch, 1 + nPatches, dModel]`. Pooling takes CLS, or the mean of the patches (CLIPA).
 */
function pooling(
  { poolType, finalLnAfterPool }: CheckpointConfig,
  norm: Norm,
): VisionParts['output'] {
  if (poolType !== 'avg' && finalLnAfterPool !== true) return ({ normed }) => normed;
  return ({ normed, residual }) => {
    const tokens = finalLnAfterPool === true ? residual : normed;
    const patches = slice(tokens, 1, 1, tokens.shape[1] as number);
    const vector = poolType === 'avg' ? reduceMean(patches, [1]) : slice(tokens, 1, 0, 1);
    return concat([finalLnAfterPool === true ? applyNorm(vector, norm) : vector, patches], 1);
  };
}
