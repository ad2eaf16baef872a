// Segmentation maps as a model would see them: the class of each pixel of its input.
import { resizeRaster } from '../../data/images/resize.ts';
import { type ImageTransform, planGeometry } from '../../data/images/transform.ts';

/** Numbers of classes, row-major `[height, width]`. */
export interface ClassMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Bring a map to the pixels that a model sees: resized without mixing (as Pillow's `NEAREST`), cut as the image is, class 0
 * where the image is padded.
 */
export function seenClassMap(map: ClassMap, transform: ImageTransform): ClassMap {
  const { resized, crop } = planGeometry(map, transform);
  const visible = {
    left: Math.max(0, crop.left),
    top: Math.max(0, crop.top),
    width: Math.min(crop.width, resized.width),
    height: Math.min(crop.height, resized.height),
  };
  const part = resizeRaster(
    { ...map, channels: 1 },
    { ...resized, interpolation: 'nearest', region: visible },
  );
  if (part.width === crop.width && part.height === crop.height)
    return { width: part.width, height: part.height, data: part.data };
  const data = new Uint8Array(crop.width * crop.height);
  const left = Math.max(0, -crop.left);
  const top = Math.max(0, -crop.top);
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    data.set(row, (top + y) * crop.width + left);
  }
  return { width: crop.width, height: crop.height, data };
}
