// The images of the page: cut as the model saw them, with no more pixels than a page wants.
import { encodeJpeg } from '../../data/images/encode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { type ImageTransform, planGeometry } from '../../data/images/transform.ts';
import { seenPicture, seenPixels } from './seen-picture.ts';

/** Pixels along a side of the page's images: no fewer and no more. */
const SMALLEST = 128;
const LARGEST = 256;

const QUALITY = 82;

/**
 * The part of an image that a model sees, as a JPEG file with the pixels that it has to give, within the page's limits.
 * Resized by libvips, on threads of its own: near the pixels that the model saw, and where they were.
 */
export async function pagePicture(image: RgbImage, view: ImageTransform): Promise<Uint8Array> {
  const { resized, crop } = planGeometry(image, view);
  const side = Math.max(SMALLEST, Math.min(LARGEST, Math.round(seenPixels(image, view))));
  const scaled = (size: number): number => Math.round((size * side) / crop.width);
  const [width, height] = [scaled(resized.width), scaled(resized.height)];
  const size = { width: side, height: scaled(crop.height) };
  if (crop.left < 0 || crop.top < 0 || size.width > width || size.height > height) {
    return encodeJpeg(seenPicture(image, view, side), { quality: QUALITY });
  }
  const { default: sharp } = await import('sharp');
  const { data } = image;
  return sharp(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
    raw: { width: image.width, height: image.height, channels: 3 },
  })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .extract({
      left: Math.min(scaled(crop.left), width - size.width),
      top: Math.min(scaled(crop.top), height - size.height),
      ...size,
    })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
