// The size of an image without its pixels, where its format allows.
import { decodeImage } from './decode.ts';
import type { ImageSize } from './transform.ts';

/** Formats whose header tells the size that decoding gives. */
const PLAIN = new Set(['jpeg', 'png', 'webp']);

/**
 * Read the size that {@link decodeImage} gives an image file.
 * @throws {BadImageError} as there.
 */
export async function readImageSize(path: string): Promise<ImageSize> {
  const { default: sharp } = await import('sharp');
  const about = await sharp(path)
    .metadata()
    .catch(() => undefined);
  if (about !== undefined && PLAIN.has(about.format)) {
    const { width, height } = about;
    return { width, height };
  }
  const { width, height } = await decodeImage(path);
  return { width, height };
}
