// The small vision transformer of the embedded image world: CLIP's architecture (clip.ts) and key names without
// `visual.`, exact GELU, with CLS, patches of 8 pixels in images of 64. The file's metadata holds `n_heads`, because
// weights do not tell it. Heads for its training tasks may stand in the file under other names; they are not read.
import { UserError } from '../../../base/errors.ts';
import type { Weights } from '../../weights.ts';
import type { BackboneConfig } from '../types.ts';
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
