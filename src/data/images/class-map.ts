// Maps of classes: images whose levels are numbers, one class a pixel.
import { readFile } from 'node:fs/promises';
import { UserError } from '../../base/errors.ts';
import { pathOfText } from '../../base/system/file-names.ts';
import { BadImageError, decodeImage, type GreyImage } from './decode.ts';
import { pngSamples, type Samples } from './png/png-samples.ts';

const HINT =
  'a map is a grey or palette image, best a PNG, whose levels are the numbers of classes';

/**
 * Read a map of class numbers. Of a palette the numbers of its entries are read, and levels of 1, 2, 4 or 16 bits as they
 * stand in the file, where Pillow's `convert('L')` gives the brightness of colours, stretched levels and white.
 *
 * @throws {UserError} for colours, for JPEG, which changes levels, and for numbers above 255; as `decodeImage` does, too.
 */
export async function decodeClassMap(path: string): Promise<GreyImage> {
  const bytes = await readFile(pathOfText(path)).catch(() => undefined);
  // What cannot be read is said by the decoder of images.
  if (bytes === undefined) return greyOf(await decodeImage(path), path);
  if (bytes[0] === 0xff && bytes[1] === 0xd8)
    throw new UserError(
      `segmentation map '${path}' is a JPEG, which changes the numbers of classes`,
      {
        hint: HINT,
      },
    );
  let samples: Samples | undefined;
  try {
    samples = pngSamples(bytes);
  } catch (error) {
    throw new BadImageError(path, error instanceof Error ? error.message : String(error), error);
  }
  if (samples === undefined) return greyOf(await decodeImage(bytes, path), path);
  const { width, height } = samples;
  const high = samples.data.find((level) => level > 255);
  if (high !== undefined)
    throw new UserError(`segmentation map '${path}' has class ${high}: at most 255 are supported`);
  return { width, height, data: Uint8Array.from(samples.data) };
}

/** The levels of an image that is grey throughout. */
function greyOf({ width, height, data }: GreyImage, path: string): GreyImage {
  const grey = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    if (data[p] !== data[p + 1] || data[p] !== data[p + 2])
      throw new UserError(`segmentation map '${path}' holds colours, not numbers of classes`, {
        hint: HINT,
      });
    grey[i] = data[p]!;
  }
  return { width, height, data: grey };
}
