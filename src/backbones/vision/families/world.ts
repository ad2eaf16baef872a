// The small vision transformer of the embedded image world: CLIP's architecture (clip.ts) and key names without
// `visual.`, exact GELU, with CLS, patches of 8 pixels in images of 64. The file's metadata holds `n_heads`, because
// weights do not tell it. Heads for its training tasks may stand in the file under other names; they are not read.
import { fileURLToPath } from 'node:url';
import { UserError, unknownName } from '../../../base/errors.ts';
import type { ImageTransform } from '../../../data/images/transform.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromPath } from '../../weight-files.ts';
import type { Weights } from '../../weights.ts';
import type { VisionFamily } from '../family.ts';
import type { CheckpointConfig, FoundWeights } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';
import { clipParts } from './clip.ts';

/** The name of the shipped weights. */
const WORLD_CHECKPOINT = 'world-vit';

/** Family of the embedded world's transformer. */
export const world = {
  name: 'world',
  defaultCheckpoint: WORLD_CHECKPOINT,
  knows: (checkpoint) => checkpoint === WORLD_CHECKPOINT,
  resolve: resolveWorld,
  parts: (weights, config) => worldParts(weights, config, weights.metadata),
  transform: (_, size) => worldTransform(size),
  view: worldTransform(),
} as const satisfies VisionFamily;

/** Its images are 64 × 64 already; others are resized, bicubic, and cropped. Values go to [−1, 1]. */
export function worldTransform(size = 64): ImageTransform {
  return {
    resize: { to: 'shortest', size },
    interpolation: 'bicubic',
    crop: { width: size, height: size },
    scale: 'divide',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
}

/** Parts of the world's transformer; `metadata` is that of its safetensors file. */
export function worldParts(
  weights: Weights,
  config: CheckpointConfig,
  metadata: Readonly<Record<string, string>>,
): VisionParts {
  const nHeads = config.nHeads ?? Number(metadata.n_heads);
  if (!Number.isInteger(nHeads)) {
    throw new UserError("missing metadata 'n_heads' in the world's checkpoint");
  }
  return clipParts(weights, { ...config, nHeads });
}

/** Resolve `world-vit`, or the path of weights trained anew. */
async function resolveWorld(checkpoint: string, options: HubOptions): Promise<FoundWeights> {
  const shipped = checkpoint === WORLD_CHECKPOINT;
  const name = shipped ? undefined : await parseCheckpointName(checkpoint, options);
  if (name !== undefined && name.kind !== 'path')
    throw unknownName('world checkpoint', checkpoint, [WORLD_CHECKPOINT]);
  // The same number of folders above src/ and dist/.
  const path =
    name?.path ??
    fileURLToPath(new URL('../../../../assets/world-vit.safetensors', import.meta.url));
  return { weights: await weightsFromPath(path, options), config: {} };
}
