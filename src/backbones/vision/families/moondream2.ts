// Moondream2's vision encoder in its 2024 revisions (vision_encoder.py of vikhyatk/moondream2): the SO400M transformer
// with 27 × 27 patches of 14 pixels, no CLS token, GELU by its tanh approximation, layer norms with PyTorch's 1e-5.
//
//   vision_encoder.encoder.model.visual.patch_embed.linear.{weight,bias} [d, 3 · p²] · pos_embed [1, patches, d]
//   blocks.N.{norm1,norm2}.{…} · .attn.{qkv,proj}.{…} · .mlp.{fc1,fc2}.{…} · norm.{…}
import { UserError } from '../../../base/errors.ts';
import type { ImageTransform } from '../../../data/images/transform.ts';
import type { HubRepo } from '../../../hub/cache/cache-paths.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import { countBlocks, linearAt, normAt, underPrefix, type Weights } from '../../weights.ts';
import type { VisionFamily } from '../family.ts';
import { headsOf, timmBlock, visionConfig } from '../parts.ts';
import type { CheckpointConfig, FoundWeights } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';

/** Family of Moondream2's vision encoders. */
export const moondream2 = {
  name: 'moondream2',
  defaultCheckpoint: 'vikhyatk/moondream2:2024-03-06',
  knows: (checkpoint) => /^[^/:]+\/moondream2(:|$)/.test(checkpoint),
  resolve: resolveMoondream2,
  parts: moondream2Parts,
  transform: (_, size) => moondream2Transform(size),
  view: moondream2Transform(),
} as const satisfies VisionFamily;

/** Images are squashed to a square, bicubic, and their values go to [−1, 1]. */
export function moondream2Transform(size = 378): ImageTransform {
  return {
    resize: { to: 'exact', width: size, height: size },
    interpolation: 'bicubic',
    scale: 'multiply',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
}

const VISUAL = 'vision_encoder.encoder.model.visual.';

/** Parts of Moondream2's vision encoder; its output is the tokens after the final norm. */
function moondream2Parts(all: Weights, given: CheckpointConfig): VisionParts {
  if (!all.has(`${VISUAL}patch_embed.linear.weight`)) {
    throw new UserError('unsupported checkpoint: no Moondream2 vision encoder of 2024 in it', {
      hint: "give a revision such as 'vikhyatk/moondream2:2024-08-26'; later ones have another encoder",
    });
  }
  const weights = underPrefix(all, VISUAL);
  const [dModel, perPatch] = weights.shapeOf('patch_embed.linear.weight') as [number, number];
  const patchSize = Math.sqrt(perPatch / 3);
  const nPositions = weights.shapeOf('pos_embed')[1]!;
  const nLayers = countBlocks(weights, (i) => `blocks.${i}.norm1.weight`);
  const config = visionConfig(
    { nLayers, dModel, nHeads: headsOf(dModel, given), patchSize, hasCls: false, nPositions },
    given,
  );
  const epsilon = given.layerNormEpsilon ?? 1e-5;
  const kinds = { epsilon, activation: given.activation ?? 'gelu_tanh' };
  return {
    config,
    patchEmbed: linearAt(weights, 'patch_embed.linear', dModel, perPatch),
    positions: weights.take('pos_embed', [1, nPositions, dModel]),
    blocks: Array.from({ length: nLayers }, (_, i) =>
      timmBlock(underPrefix(weights, `blocks.${i}.`), config, kinds),
    ),
    finalNorm: normAt(weights, 'norm', dModel, epsilon),
    output: ({ normed }) => normed,
  };
}

/** Names of weights in the repository, best first. */
const WEIGHTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/** The first revision whose encoder is no longer timm's SigLIP transformer. */
const OWN_ENCODER_SINCE = '2024-04-02';

/** timm's transformer: exact GELU, and its own epsilon. */
const TIMM_ENCODER: CheckpointConfig = { activation: 'gelu', layerNormEpsilon: 1e-6 };

/**
 * Resolve `repo:revision`, `hf-hub:repo@revision`, or a path. The revisions of March 2024 built their encoder with timm
 * (exact GELU); the later ones of that year have their own (GELU by tanh).
 */
async function resolveMoondream2(checkpoint: string, options: HubOptions): Promise<FoundWeights> {
  const name = await parseCheckpointName(checkpoint, options);
  if (name.kind === 'path') {
    const weights = await weightsFromPath(name.path, options);
    return { weights, config: {} };
  }
  const repo = name.kind === 'hub' ? name.repo : repoOf(name.name);
  const weights = await weightsFromHub(repo, WEIGHTS, options);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(repo.revision ?? '');
  const config = isDate && repo.revision! < OWN_ENCODER_SINCE ? TIMM_ENCODER : {};
  return { weights, config };
}

function repoOf(name: string): HubRepo {
  const [repo, revision, ...rest] = name.split(':');
  if (!repo || !revision || rest.length > 0) {
    throw new UserError(`invalid moondream2 checkpoint: '${name}'`, {
      hint: 'write repo:revision, as in vikhyatk/moondream2:2024-03-06',
    });
  }
  return { type: 'model', name: repo, revision };
}
