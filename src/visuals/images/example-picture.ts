// Pictures of a latent's examples, for folders of pictures: an image as the model saw it, under its heat map.
import type { RgbImage } from '../../data/images/images.ts';
import type { ImageTransform } from '../../data/images/transform.ts';
import { addHighlights } from './heatmap.ts';
import { seenPicture } from './seen-picture.ts';

/** Pixels along a side, about: those of the original program's pictures. */
const SIDE = 448;

/**
 * Draw one example: cut as `view` cuts it, near 448 pixels wide so that every patch has whole pixels, the heat map over it.
 * Without `values` (examples of one token) the picture stays plain.
 */
export function drawExample(
  image: RgbImage,
  options: { view: ImageTransform; values?: ArrayLike<number> | undefined; upper: number },
): RgbImage {
  const { view, values } = options;
  const patches = Math.sqrt(values?.length ?? 1);
  const side = patches * Math.max(1, Math.round(SIDE / patches));
  const picture = seenPicture(image, view, side);
  return values === undefined ? picture : addHighlights(picture, values, options);
}
