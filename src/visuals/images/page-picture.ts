// The images of the page: cut as the model saw them, so that heat maps lie where the patches were.

import { encodeJpeg } from '../../data/images/encode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import {
  applyGeometry,
  type ImageTransform,
  planGeometry,
  type ResizeRule,
} from '../../data/images/transform.ts';

/** Pixels along a side of the page's images: no fewer and no more. */
const SMALLEST = 128;
const LARGEST = 336;

/** The part of an image that a model sees, as a JPEG file of a size that suits a page. */
export async function pagePicture(image: RgbImage, view: ImageTransform): Promise<Uint8Array> {
  return encodeJpeg(applyGeometry(image, atPageSize(image, view)), { quality: 85 });
}

/** The same view with as many pixels as the image has to give, within the page's limits. */
function atPageSize(image: RgbImage, view: ImageTransform): ImageTransform {
  const { resized, crop } = planGeometry(image, view);
  const covered = (crop.width * image.width) / resized.width;
  const side = Math.max(SMALLEST, Math.min(LARGEST, Math.round(covered)));
  const scaled = (size: number): number => Math.round((size * side) / crop.width);
  return {
    ...view,
    resize: view.resize && scaledRule(view.resize, scaled),
    crop: view.crop && { width: scaled(view.crop.width), height: scaled(view.crop.height) },
  };
}

function scaledRule(rule: ResizeRule, scaled: (size: number) => number): ResizeRule {
  return rule.to === 'shortest'
    ? { to: 'shortest', size: scaled(rule.size) }
    : { to: rule.to, width: scaled(rule.width), height: scaled(rule.height) };
}
