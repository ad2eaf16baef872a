// Where the patches of recorded activations lie in their images.

import { openVisionModel, viewOf } from '../../backbones/vision/open.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { ImageTransform, ResizeRule } from '../../data/images/transform.ts';
import { hubSettings } from '../../hub/settings.ts';
import type { ActivationMetadata } from '../shards/metadata.ts';
import { type PatchGeometry, patchGeometry } from './patch-geometry.ts';

const log = logger('studies');

/** Pixels of a patch where the model that would tell is not at hand. */
const USUAL_PATCH = 16;

/**
 * Tell where the patches of recorded activations lie: as their model says, if its files are at hand, else as models of its
 * family usually see images.
 * @throws {UserError} when the patches of an image make no square.
 */
export async function patchGeometryOfShards(
  metadata: Pick<ActivationMetadata, 'family' | 'checkpoint' | 'nPatches'>,
): Promise<PatchGeometry> {
  const { family, checkpoint, nPatches } = metadata;
  const grid = Math.sqrt(nPatches);
  if (!Number.isInteger(grid))
    throw new UserError(
      `unsupported activations: ${nPatches} rows an image make no square of patches`,
    );
  try {
    const settings = { ...hubSettings(), offline: true };
    const backbone = await openVisionModel({ family, name: checkpoint }, { settings });
    const geometry = patchGeometry(backbone);
    await backbone.close();
    if (geometry.grid === grid) return geometry;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  log.info(`${checkpoint} is not at hand: taking patches to lie as is usual in family ${family}`);
  const view = viewOf(family);
  const side =
    view.crop !== undefined && view.crop.width % grid === 0 ? view.crop.width : grid * USUAL_PATCH;
  return { grid, transform: scaledTo(view, side) };
}

/** The same view with `side` pixels. */
function scaledTo(view: ImageTransform, side: number): ImageTransform {
  const { resize, crop } = view;
  const scaled = (size: number): number => Math.round((size * side) / (crop?.width ?? size));
  if (resize === undefined) return { ...view, crop: { width: side, height: side } };
  const rule: ResizeRule =
    resize.to === 'shortest'
      ? { to: 'shortest', size: scaled(resize.size) }
      : { to: resize.to, width: scaled(resize.width), height: scaled(resize.height) };
  return { ...view, resize: rule, crop: { width: side, height: side } };
}
