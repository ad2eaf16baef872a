// Heat maps over images, pixel for pixel as the original program draws them with Pillow.
import type { RgbImage } from '../../data/images/images.ts';
import { PLASMA } from '../../pages/plasma.ts';

/** How values become colours. */
export interface HighlightOptions {
  /** The value drawn in the last colour, fully opaque (times `opacity`). */
  readonly upper: number;
  readonly opacity?: number;
}

/**
 * Lay a value a patch over an image: each patch is a rectangle of plasma's colour for `value / upper`, as opaque as
 * `opacity · value / upper`. `patches` is a square of patches in reading order, one float32 each.
 *
 * Patches are `floor(width / side)` pixels wide; pixels that remain at the right and at the bottom stay as they are,
 * but for the one line that Pillow's rectangles, whose far edges belong to them, paint there.
 */
export function addHighlights(
  image: RgbImage,
  patches: ArrayLike<number>,
  options: HighlightOptions,
): RgbImage {
  const { width, height } = image;
  const side = Math.round(Math.sqrt(patches.length));
  if (side * side !== patches.length || side === 0) {
    throw new RangeError(
      `addHighlights: expected a square number of patches, got ${patches.length}`,
    );
  }
  const inks = Array.from(patches, (value) => inkOf(value, options));
  const data = image.data.slice();
  const patchWidth = Math.floor(width / side);
  const patchHeight = Math.floor(height / side);
  for (let y = 0; y < height; y++) {
    const row = cell(y, patchHeight, side);
    if (row < 0) continue;
    for (let x = 0; x < width; x++) {
      const column = cell(x, patchWidth, side);
      if (column >= 0) composite(data, (y * width + x) * 3, inks[row * side + column]!);
    }
  }
  return { width, height, data };
}

interface Ink {
  readonly rgb: readonly [number, number, number];
  /** 0 to 255. */
  readonly alpha: number;
}

/** Colour and opacity of a value, in the float32 steps of numpy and matplotlib. */
function inkOf(value: number, { upper, opacity = 0.9 }: HighlightOptions): Ink {
  const scaled = Math.fround(Math.fround(value) / Math.fround(upper + 1e-9));
  const colour = 3 * Math.max(0, Math.min(255, Math.trunc(scaled * 256)));
  const alpha = Math.trunc(Math.fround(Math.fround(opacity) * scaled) * 256);
  return {
    rgb: [PLASMA[colour]!, PLASMA[colour + 1]!, PLASMA[colour + 2]!],
    alpha: Math.max(0, Math.min(255, alpha)),
  };
}

/** The patch that covers a pixel: the later one where two touch; −1 beyond the last. */
function cell(pixel: number, size: number, side: number): number {
  if (pixel > side * size) return -1;
  return Math.min(Math.floor(pixel / Math.max(1, size)), side - 1);
}

/** Pillow's alpha_composite of an ink over an opaque pixel, in its fixed-point arithmetic. */
function composite(data: Uint8Array, at: number, { rgb, alpha }: Ink): void {
  if (alpha === 0) return;
  const ink = alpha << 7;
  const paper = (255 << 7) - ink;
  for (let c = 0; c < 3; c++) {
    const sum = rgb[c]! * ink + data[at + c]! * paper + (0x80 << 7);
    data[at + c] = (((sum >>> 8) + sum) >>> 8) >>> 7;
  }
}
