// The small vision transformer of the embedded image world: CLIP's architecture (clip.ts) and key names without
// `visual.`, exact GELU, with CLS, patches of 8 pixels in images of 64. The file's metadata holds `n_heads`, because
// weights do not tell it. Heads for its training tasks may stand in the file under other names; they are not read.
import { fileURLToPath } from 'node:url';
import { UserError, unknownName } from '../../../base/errors.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromPath } from '../../weight-files.ts';
import type { Weights } from '../../weights.ts';
import type { BackboneConfig, ResolvedCheckpoint } from '../types.ts';
import type { VisionParts } from '../vision-graph.ts';
import { clipParts } from './clip.ts';

/** Parts of the world's transformer; `metadata` is that of its safetensors file. */
export function worldParts(
  weights: Weights,
  config: BackboneConfig,
  metadata: Readonly<Record<string, string>>,
): VisionParts {
  const nHeads = config.nHeads ?? Number(metadata.n_heads);
  if (!Number.isInteger(nHeads)) {
    throw new UserError("missing metadata 'n_heads' in the world's checkpoint");
  }
  return clipParts(weights, { ...config, nHeads });
}

/** The name of the shipped weights. */
export const WORLD_CHECKPOINT = 'world-vit';

/** Resolve `world-vit`, or the path of weights trained anew. */
export async function resolveWorld(
  checkpoint: string,
  options: HubOptions,
): Promise<ResolvedCheckpoint> {
  const shipped = checkpoint === WORLD_CHECKPOINT;
  const name = shipped ? undefined : await parseCheckpointName(checkpoint);
  if (name !== undefined && name.kind !== 'path')
    throw unknownName('world checkpoint', checkpoint, [WORLD_CHECKPOINT]);
  // The same number of folders above src/ and dist/.
  const path =
    name?.path ??
    fileURLToPath(new URL('../../../../assets/world-vit.safetensors', import.meta.url));
  return { family: 'world', weights: await weightsFromPath(path, options), config: {} };
}
