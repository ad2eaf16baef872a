// The images of the page: cut as the model saw them, with no more pixels than a page wants.
import { encodeJpeg } from '../../data/images/encode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import type { ImageTransform } from '../../data/images/transform.ts';
import { seenPicture, seenPixels } from './seen-picture.ts';

/** Pixels along a side of the page's images: no fewer and no more. */
const SMALLEST = 128;
const LARGEST = 336;

/** The part of an image that a model sees, as a JPEG file with the pixels that it has to give, within the page's limits. */
export async function pagePicture(image: RgbImage, view: ImageTransform): Promise<Uint8Array> {
  const side = Math.max(SMALLEST, Math.min(LARGEST, Math.round(seenPixels(image, view))));
  return encodeJpeg(seenPicture(image, view, side), { quality: 85 });
}
