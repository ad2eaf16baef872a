// Moondream2's vision encoder in its 2024 revisions (vision_encoder.py of vikhyatk/moondream2): the SO400M transformer
// with 27 × 27 patches of 14 pixels, no CLS token, GELU by its tanh approximation, layer norms with PyTorch's 1e-5.
//
//   vision_encoder.encoder.model.visual.patch_embed.linear.{weight,bias} [d, 3 · p²] · pos_embed [1, patches, d]
//   blocks.N.{norm1,norm2}.{…} · .attn.{qkv,proj}.{…} · .mlp.{fc1,fc2}.{…} · norm.{…}
import { UserError } from '../../../base/errors.ts';
import type { HubRepo } from '../../../hub/cache-paths.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import { countBlocks, linearAt, normAt, underPrefix, type Weights } from '../../weights.ts';
import { headsOf, timmBlock, visionShape } from '../parts.ts';
import type { BackboneConfig, ResolvedCheckpoint } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';

const VISUAL = 'vision_encoder.encoder.model.visual.';

/** Parts of Moondream2's vision encoder; its output is the tokens after the final norm. */
export function moondream2Parts(all: Weights, config: BackboneConfig): VisionParts {
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
  const shape = visionShape(
    { nLayers, dModel, nHeads: headsOf(dModel, config), patchSize, hasCls: false, nPositions },
    config,
  );
  const epsilon = config.layerNormEpsilon ?? 1e-5;
  return {
    shape,
    activation: config.activation ?? 'gelu_tanh',
    patchEmbed: linearAt(weights, 'patch_embed.linear', dModel, perPatch),
    positions: weights.take('pos_embed', [1, nPositions, dModel]),
    blocks: Array.from({ length: nLayers }, (_, i) =>
      timmBlock(underPrefix(weights, `blocks.${i}.`), dModel, epsilon),
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
const TIMM_ENCODER: BackboneConfig = { activation: 'gelu', layerNormEpsilon: 1e-6 };

/**
 * Resolve `repo:revision`, `hf-hub:repo@revision`, or a path. The revisions of March 2024 built their encoder with timm
 * (exact GELU); the later ones of that year have their own (GELU by tanh).
 */
export async function resolveMoondream2(
  checkpoint: string,
  options: HubOptions,
): Promise<ResolvedCheckpoint> {
  const name = await parseCheckpointName(checkpoint);
  if (name.kind === 'path') {
    const weights = await weightsFromPath(name.path, options);
    return { family: 'moondream2', weights, config: {} };
  }
  const repo = name.kind === 'hub' ? name.repo : repoOf(name.name);
  const weights = await weightsFromHub(repo, WEIGHTS, options);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(repo.revision ?? '');
  const config = isDate && repo.revision! < OWN_ENCODER_SINCE ? TIMM_ENCODER : {};
  return { family: 'moondream2', weights, config };
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
