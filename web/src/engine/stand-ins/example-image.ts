// In place of src/studies/asking/example-image.ts: images decoded by the browser, and by the library's own readers of
// formats that browsers do not read, or read otherwise.
import { joinBytes } from '../../../../src/base/arrays.ts';
import { UserError } from '../../../../src/base/errors.ts';
import { decodeBmp, isBmp } from '../../../../src/data/images/bmp.ts';
import { decodeGif, isGif } from '../../../../src/data/images/gif.ts';
import type { RgbImage } from '../../../../src/data/images/images.ts';
import { decodeNetpbm, isNetpbm } from '../../../../src/data/images/netpbm.ts';
import { isPng } from '../../../../src/data/images/png/png-rows.ts';
import type { AskedExample } from '../../../../src/studies/asking/example-image.ts';
import {
  checkBytes,
  checkPixels,
  type ExampleLimits,
} from '../../../../src/studies/asking/limits.ts';
import { decodePng } from './png.ts';

export type { AskedExample };

/**
 * Decode the image of an example, within bounds.
 * @throws {UserError} when it cannot be read, and when it is too large
 */
export async function imageOf(
  { image, name }: Extract<AskedExample, { image: unknown }>,
  limits: ExampleLimits = {},
): Promise<RgbImage> {
  if (typeof image === 'string') throw new TypeError('a browser opens no paths');
  return 'width' in image ? image : decodeWithin(image, name ?? 'image', limits);
}

/**
 * Decode the bytes of an image file, within bounds: the pixels as they are stored, without the colour profile or the turn
 * that the file may ask for.
 * @throws {UserError} when they are too many, no image of a known format, or of too many pixels
 */
export async function decodeWithin(
  file: Uint8Array,
  name: string,
  limits: ExampleLimits = {},
): Promise<RgbImage> {
  checkBytes(file.length, name, limits);
  const image = await decode(file, name);
  checkPixels(image, name, limits);
  return image;
}

async function decode(file: Uint8Array, name: string): Promise<RgbImage> {
  try {
    if (isBmp(file)) return decodeBmp(file);
    if (isNetpbm(file)) return decodeNetpbm(file);
    if (isGif(file)) return decodeGif(file);
    const png = isPng(file) ? await decodePng(file) : undefined;
    if (png !== undefined) return png;
    return await byBrowser(isJpeg(file) ? withoutNotes(file) : file);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`image cannot be read: '${name}': this browser knows no such image`, {
      hint: 'give a PNG, JPEG or WebP',
      cause,
    });
  }
}

async function byBrowser(file: Uint8Array): Promise<RgbImage> {
  const bitmap = await createImageBitmap(new Blob([file as Uint8Array<ArrayBuffer>]), {
    colorSpaceConversion: 'none',
    imageOrientation: 'none',
    premultiplyAlpha: 'none',
  });
  const { width, height } = bitmap;
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
    })!;
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(3 * width * height);
    for (let i = 0, p = 0; p < data.length; i += 4, p += 3) {
      data[p] = rgba[i]!;
      data[p + 1] = rgba[i + 1]!;
      data[p + 2] = rgba[i + 2]!;
    }
    return { width, height, data };
  } finally {
    bitmap.close();
  }
}

function isJpeg(file: Uint8Array): boolean {
  return file[0] === 0xff && file[1] === 0xd8;
}

/** Marker of the segments that hold EXIF and XMP, which ask some browsers to turn the image whatever they are told. */
const NOTES = 0xe1;

/** The file without such segments. */
function withoutNotes(file: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [file.subarray(0, 2)];
  let at = 2;
  while (file[at] === 0xff && file[at + 1] !== 0xda && at + 4 <= file.length) {
    const end = at + 2 + ((file[at + 2]! << 8) | file[at + 3]!);
    if (file[at + 1] !== NOTES) kept.push(file.subarray(at, end));
    at = end;
  }
  kept.push(file.subarray(at));
  return joinBytes(kept);
}
