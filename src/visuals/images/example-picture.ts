// Pictures of a latent's examples as the original program bakes them: a 448 × 448 image under its heat map.
import type { RgbImage } from '../../data/images/images.ts';
import { resizeRaster } from '../../data/images/resize.ts';
import { addHighlights } from './heatmap.ts';

const RESIZED = 512;
const CROPPED = 448;

/**
 * Draw one example: resize to 512 × 512 whatever the shape, cut 448 × 448 from the middle, lay the heat map over it.
 * Without `values` (examples of one token) the picture stays plain.
 */
export function drawExample(
  image: RgbImage,
  options: { values?: ArrayLike<number>; upper: number },
): RgbImage {
  const margin = (RESIZED - CROPPED) / 2;
  const { width, height, data } = resizeRaster(
    { ...image, channels: 3 },
    {
      width: RESIZED,
      height: RESIZED,
      interpolation: 'bicubic',
      region: { left: margin, top: margin, width: CROPPED, height: CROPPED },
    },
  );
  const cropped = { width, height, data };
  return options.values === undefined ? cropped : addHighlights(cropped, options.values, options);
}
