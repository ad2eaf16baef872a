// SigLIP's image tower: a timm vision transformer inside open_clip, under `visual.trunk.` (timm/vision_transformer.py,
// timm/layers/attention_pool.py). No CLS token; a learned query pools the patches.
//
//   patch_embed.proj.{weight,bias} · pos_embed [1, patches, d] · blocks.N.{norm1,norm2}.{…} · .attn.{qkv,proj}.{…}
//   .mlp.{fc1,fc2}.{…} · norm.{…} · attn_pool.{latent,q.…,kv.…,proj.…,norm.…,mlp.fc1.…,mlp.fc2.…}
import { UserError } from '../../../base/errors.ts';
import type { Value } from '../../../compute/onnx/graph.ts';
import {
  add,
  expandLike,
  multiHeadAttention,
  reduceMean,
  reshape,
  split,
} from '../../../compute/onnx/ops.ts';
import { activate } from '../../block/activation.ts';
import { applyLinear } from '../../block/linear.ts';
import { applyNorm } from '../../block/norm.ts';
import { countBlocks, linearAt, normAt, underPrefix, type Weights } from '../../weights.ts';
import type { VisionFamily } from '../family.ts';
import { isOpenClipName, resolveOpenClip } from '../open-clip/open-clip.ts';
import { openClipTransform } from '../open-clip/open-clip-transform.ts';
import { headsOf, patchEmbedAt, timmBlock, visionConfig } from '../parts.ts';
import type { CheckpointConfig } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';

/** Family of SigLIP's image towers, under open_clip's names. */
export const siglip = {
  name: 'siglip',
  defaultCheckpoint: 'ViT-SO400M-14-SigLIP-384/webli',
  knows: (checkpoint) => isOpenClipName('siglip', checkpoint),
  resolve: (checkpoint, options) => resolveOpenClip('siglip', checkpoint, options),
  parts: siglipParts,
  transform: (config, size) => openClipTransform({ ...config, size }),
  view: openClipTransform({ size: 224, resizeMode: 'squash' }),
} as const satisfies VisionFamily;

const TRUNK = 'visual.trunk.';

/** Parts of a SigLIP image tower; whether GELU is exact or `gelu_tanh` is for the config to say. */
function siglipParts(all: Weights, given: CheckpointConfig): VisionParts {
  const trunk = all.has(`${TRUNK}pos_embed`) ? underPrefix(all, TRUNK) : all;
  if (!trunk.has('pos_embed') || trunk.has('cls_token')) {
    throw new UserError('unsupported checkpoint: no SigLIP vision transformer in it', {
      hint: 'checkpoints with a CLS token are of the family clip or dinov2',
    });
  }
  const { dModel, patchSize, ...patchEmbed } = patchEmbedAt(trunk, 'patch_embed.proj');
  const nPositions = trunk.shapeOf('pos_embed')[1]!;
  const nLayers = countBlocks(trunk, (i) => `blocks.${i}.norm1.weight`);
  // The widest published size shares its width with DINOv2's, but not its heads.
  const nHeads = headsOf(dModel, given, dModel === 1536 ? 16 : undefined);
  const config = visionConfig(
    { nLayers, dModel, nHeads, patchSize, hasCls: false, nPositions },
    given,
  );
  const epsilon = given.layerNormEpsilon ?? 1e-6;
  const kinds = { epsilon, activation: given.activation ?? 'gelu' };
  return {
    config,
    patchEmbed,
    positions: trunk.take('pos_embed', [1, nPositions, dModel]),
    blocks: Array.from({ length: nLayers }, (_, i) =>
      timmBlock(underPrefix(trunk, `blocks.${i}.`), config, kinds),
    ),
    finalNorm: normAt(trunk, 'norm', dModel, epsilon),
    output: pooling(all, trunk, dModel, nHeads, { ...given, layerNormEpsilon: epsilon }),
  };
}

/** The tower's image vector `[batch, dOut]`: attention pooling or mean, then open_clip's projection if there is one. */
function pooling(
  all: Weights,
  trunk: Weights,
  dModel: number,
  nHeads: number,
  config: CheckpointConfig,
): VisionParts['output'] {
  const project = (x: Value): Value => {
    if (!all.has('visual.head.proj.weight')) return x;
    const [dOut] = all.shapeOf('visual.head.proj.weight');
    return applyLinear(x, linearAt(all, 'visual.head.proj', dOut!, dModel));
  };
  if (!trunk.has('attn_pool.latent'))
    return ({ normed }) => project(reduceMean(normed, [1], false));
  const pool = underPrefix(trunk, 'attn_pool.');
  return ({ normed }) => project(attentionPool(normed, pool, dModel, nHeads, config));
}

/** One learned query attends to all patches: `x = proj(attention)`, then `x + mlp(norm(x))`; `[batch, dModel]`. */
function attentionPool(
  tokens: Value,
  pool: Weights,
  dModel: number,
  nHeads: number,
  config: CheckpointConfig,
): Value {
  const dMlp = pool.shapeOf('mlp.fc1.weight')[0]!;
  const query = applyLinear(
    pool.take('latent', [1, 1, dModel]),
    linearAt(pool, 'q', dModel, dModel),
  );
  const [k, v] = split(applyLinear(tokens, linearAt(pool, 'kv', 2 * dModel, dModel)), [
    dModel,
    dModel,
  ]);
  const queries = expandLike(query, tokens, ['batch', 1, dModel]);
  const attended = multiHeadAttention(queries, k!, v!, nHeads);
  const x = applyLinear(attended, linearAt(pool, 'proj', dModel, dModel));
  const norm = normAt(pool, 'norm', dModel, config.layerNormEpsilon!);
  const read = applyNorm(x, norm);
  const hidden = activate(
    applyLinear(read, linearAt(pool, 'mlp.fc1', dMlp, dModel)),
    config.activation ?? 'gelu',
  );
  const out = add(x, applyLinear(hidden, linearAt(pool, 'mlp.fc2', dModel, dMlp)));
  return reshape(out, ['batch', dModel]);
}
