// The image of an example: a file, the bytes of one, or pixels as they are.
import { readFile, stat } from 'node:fs/promises';
import { BadImageError, decodeImage } from '../../data/images/decode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import type { ImageSize } from '../../data/images/transform.ts';
import { checkBytes, checkPixels, type ExampleLimits } from './limits.ts';

/** An image (a path, the bytes of a file, or pixels), or a text (itself, or its tokens). */
export type AskedExample =
  | { readonly image: string | Uint8Array | RgbImage; readonly name?: string | undefined }
  | { readonly text: string | Int32Array };

/**
 * Decode the image of an example, within bounds.
 * @throws {UserError} when it cannot be read, and when it is too large
 */
export async function imageOf(
  { image, name }: Extract<AskedExample, { image: unknown }>,
  limits: ExampleLimits = {},
): Promise<RgbImage> {
  if (typeof image === 'object' && 'width' in image) return image;
  if (typeof image !== 'string') return decodeWithin(image, name ?? 'image', limits);
  const size = await stat(image).catch(() => undefined);
  if (size === undefined) throw new BadImageError(image, 'there is no such file');
  if (!size.isFile()) throw new BadImageError(image, 'it is not a file');
  checkBytes(size.size, image, limits);
  return decodeWithin(await readFile(image), image, limits);
}

/**
 * Decode the bytes of an image file that somebody sent, within bounds.
 * @throws {UserError} when they are empty, too many, no image of a known format, or of too many pixels
 */
export async function decodeWithin(
  file: Uint8Array,
  name: string,
  limits: ExampleLimits = {},
): Promise<RgbImage> {
  checkBytes(file.length, name, limits);
  // Formats that pack pixels tightly say their size before they are unpacked.
  const size = await sizeOf(file);
  if (size !== undefined) checkPixels(size, name, limits);
  const image = await decodeImage(file, name);
  checkPixels(image, name, limits);
  return image;
}

async function sizeOf(file: Uint8Array): Promise<ImageSize | undefined> {
  const { default: sharp } = await import('sharp');
  try {
    return await sharp(file, { limitInputPixels: false }).metadata();
  } catch {
    return undefined;
  }
}
