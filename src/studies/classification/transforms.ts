// How images look where classification is trained, in figures, and in the web app: the original's three transforms.
import type { VisionBackbone } from '../../backbones/types.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { resizeRaster } from '../../data/images/resize.ts';
import { applyGeometry, type ImageTransform, roundHalfEven } from '../../data/images/transform.ts';

/** The shorter side, and the square that is cut from the middle, in pixels. */
const SHORTER = 512;
const SQUARE = 448;

const FIGURES: ImageTransform = {
  resize: { to: 'shortest', size: SHORTER },
  interpolation: 'bicubic',
  crop: { width: SQUARE, height: SQUARE },
  scale: 'divide',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Prepare an image for training: as the model itself wants it, float32 `[3, height, width]`. */
export function forTraining(
  backbone: Pick<VisionBackbone, 'preprocess'>,
  image: RgbImage,
): Float32Array {
  return backbone.preprocess(image);
}

/** Prepare an image for a figure: 448 × 448 pixels from the middle, the shorter side being 512, byte for byte as torchvision. */
export function forFigures(image: RgbImage): RgbImage {
  return applyGeometry(image, FIGURES);
}

/**
 * Prepare an image for the web app: the same square by Pillow's `resize` and `crop`, whose sides and margins are rounded
 * otherwise. The original gives Pillow a side that is no whole number, which it refuses; it is cut off here.
 */
export function forWebapp(image: RgbImage): RgbImage {
  const { width: w, height: h } = image;
  const [wide, high] = w > h ? [(w * SHORTER) / h, SHORTER] : [SHORTER, (h * SHORTER) / w];
  const left = w > h ? (wide - SQUARE) / 2 : (SHORTER - SQUARE) / 2;
  const top = w > h ? (SHORTER - SQUARE) / 2 : (high - SQUARE) / 2;
  const { width, height, data } = resizeRaster(
    { ...image, channels: 3 },
    {
      width: Math.trunc(wide),
      height: Math.trunc(high),
      interpolation: 'bicubic',
      // Pillow's `crop` rounds each edge.
      region: { left: roundHalfEven(left), top: roundHalfEven(top), width: SQUARE, height: SQUARE },
    },
  );
  return { width, height, data };
}
