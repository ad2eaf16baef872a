// What a model made of an example, for people: the part of the picture that it saw, the tokens that it read.
import { dataUrl } from '../../data/images/data-url.ts';
import { encodeJpeg, encodePng } from '../../data/images/encode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { type ImageTransform, planGeometry } from '../../data/images/transform.ts';
import { readableTokens } from '../../data/texts/readable-tokens.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import type { ImageSeen, TextSeen } from '../../pages/ask.ts';
import { seenPicture, seenPixels } from '../../visuals/images/seen-picture.ts';

/** Pixels along a side of the picture: no more, and no fewer than the model's own unless the image is smaller. */
const LARGEST = 512;
/** Up to this many pixels along a side a picture is kept without loss. */
const LOSSLESS = 128;

/** Which rows of an image are of interest. */
export interface SeenRows {
  /** Patches along a side; 0 where rows are no patches. */
  readonly side: number;
  /** Rows before the first patch. */
  readonly lead: number;
}

/** Show the part of an image that goes into a model: where its patches lie, with the detail that the image has. */
export async function imageSeen(
  image: RgbImage,
  transform: ImageTransform,
  { side, lead }: SeenRows,
): Promise<ImageSeen> {
  const { crop, resized } = planGeometry(image, transform);
  const seen = Math.round(seenPixels(image, transform));
  const width = Math.min(LARGEST, Math.max(crop.width, seen));
  const pixels = seenPicture(image, transform, width);
  const isSmall = width <= LOSSLESS;
  const bytes = await (isSmall ? encodePng(pixels) : encodeJpeg(pixels, { quality: 88 }));
  const across = image.width / resized.width;
  const down = image.height / resized.height;
  return {
    kind: 'image',
    picture: dataUrl(isSmall ? 'image/png' : 'image/jpeg', bytes),
    side,
    lead,
    original: { width: image.width, height: image.height },
    crop: {
      left: crop.left * across,
      top: crop.top * down,
      width: crop.width * across,
      height: crop.height * down,
    },
  };
}

/** Show a text as the tokens that a model reads. */
export function textSeen(
  ids: ArrayLike<number>,
  tokenizer: Pick<Tokenizer, 'tokenStrings' | 'tokenBytes' | 'isSpecial'>,
  trainedOn?: number,
): TextSeen {
  return {
    kind: 'text',
    tokens: readableTokens(tokenizer, ids),
    special: Array.from(ids, (id) => tokenizer.isSpecial(id)),
    ...(trainedOn !== undefined && { trainedOn }),
  };
}
