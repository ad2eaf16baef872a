// The vision transformer that comes with the product.
import { fileURLToPath } from 'node:url';
import { unknownName } from '../../../base/errors.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import { weightsFromPath } from '../../weight-files.ts';
import type { ResolvedCheckpoint } from '../types.ts';

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
