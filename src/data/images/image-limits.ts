// The largest image anything here decodes: beyond it a file of a few bytes could fill the memory.
import { UserError } from '../../base/errors.ts';

/** Pixels of the largest image; Pillow refuses more than this as a decompression bomb, too. */
export const MAX_PIXELS = 178_956_970;

/**
 * Refuse the size of an image.
 *
 * @throws {UserError} when it has no pixels or too many.
 */
export function checkImageSize(width: number, height: number): void {
  if (width < 1 || height < 1 || width * height > MAX_PIXELS)
    throw new UserError(`invalid image size: ${width} × ${height} pixels`, {
      hint: `an image has 1 to ${MAX_PIXELS.toLocaleString('en-US')} pixels`,
    });
}
