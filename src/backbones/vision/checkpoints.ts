// From the name of a checkpoint to weights on this disk, by family.
import { unknownName } from '../../base/errors.ts';
import type { HubOptions } from '../../hub/client.ts';
import { resolveDinov2 } from './families/dinov2.part.ts';
import { resolveMoondream2 } from './families/moondream2.part.ts';
import { resolveWorld } from './families/world.part.ts';
import { resolveOpenClip } from './open-clip/open-clip.ts';
import type { ResolvedCheckpoint } from './types.ts';

type Resolve = (checkpoint: string, options: HubOptions) => Promise<ResolvedCheckpoint>;

const FAMILIES: Readonly<Record<string, Resolve>> = {
  clip: (checkpoint, options) => resolveOpenClip('clip', checkpoint, options),
  siglip: (checkpoint, options) => resolveOpenClip('siglip', checkpoint, options),
  dinov2: resolveDinov2,
  moondream2: resolveMoondream2,
  world: resolveWorld,
};

/**
 * Find the weights that a checkpoint's name stands for, downloading them unless the cache has them:
 *
 * - clip, siglip: `ViT-B-16/openai`, `ViT-B-16-SigLIP/webli` and the other names of open_clip
 * - dinov2: `dinov2_vitb14`, `dinov2_vitb14_reg` and the other names of torch.hub
 * - moondream2: `vikhyatk/moondream2:2024-03-06`
 * - world: `world-vit`
 * - each: `hf-hub:org/name` (with `@revision`), or the path of a file or folder
 *
 * Throws a UserError for an unknown family or name, naming the nearest ones, and when the hub gives nothing.
 */
export async function resolveCheckpoint(
  family: string,
  checkpoint: string,
  options: HubOptions = {},
): Promise<ResolvedCheckpoint> {
  const resolve = Object.hasOwn(FAMILIES, family) ? FAMILIES[family]! : undefined;
  if (resolve === undefined) throw unknownName('backbone family', family, Object.keys(FAMILIES));
  return resolve(checkpoint, options);
}
