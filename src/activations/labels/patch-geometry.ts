// Where the patches of a model lie in an image: how the image is resized and cut, and how many patches that makes.
import type { VisionBackbone } from '../../backbones/types.ts';
import type { ImageTransform, ResizeRule } from '../../data/images/transform.ts';

/** How an image becomes a square of patches. */
export interface PatchGeometry {
  readonly transform: ImageTransform;
  /** Patches along a side. */
  readonly grid: number;
}

/** Tell where the patches of a model lie. */
export function patchGeometry({
  transform,
  config,
}: Pick<VisionBackbone, 'transform' | 'config'>): PatchGeometry {
  return { transform, grid: config.imageSize / config.patchSize };
}

/**
 * Bring images to size as the original's segmentation does, whatever their aspect ratio: squashed to 8/7 of the model's
 * input, then its middle square.
 */
export function squashed({ transform, grid }: PatchGeometry): PatchGeometry {
  const side = transform.crop?.width ?? 224;
  const size = Math.round((side * 256) / 224);
  const resize: ResizeRule = { to: 'exact', width: size, height: size };
  return {
    grid,
    transform: { ...transform, resize, crop: { width: side, height: side } },
  };
}
