// Images as models saw them, in any size: what lies over a picture lies where the patches were.
import type { RgbImage } from '../../data/images/images.ts';
import {
  applyGeometry,
  type ImageTransform,
  planGeometry,
  type ResizeRule,
} from '../../data/images/transform.ts';

/** Cut an image as `view` does, `side` pixels wide. */
export function seenPicture(image: RgbImage, view: ImageTransform, side: number): RgbImage {
  const { crop } = planGeometry(image, view);
  const scaled = (size: number): number => Math.round((size * side) / crop.width);
  return applyGeometry(image, {
    ...view,
    resize: scaledRule(
      view.resize ?? { to: 'exact', width: image.width, height: image.height },
      scaled,
    ),
    crop: { width: side, height: scaled(crop.height) },
  });
}

/** Pixels of an image across the part that `view` shows of it. */
export function seenPixels(image: RgbImage, view: ImageTransform): number {
  const { resized, crop } = planGeometry(image, view);
  return (crop.width * image.width) / resized.width;
}

function scaledRule(rule: ResizeRule, scaled: (size: number) => number): ResizeRule {
  return rule.to === 'shortest'
    ? { to: 'shortest', size: scaled(rule.size) }
    : { to: rule.to, width: scaled(rule.width), height: scaled(rule.height) };
}
