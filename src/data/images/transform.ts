// From a decoded image to a model's input: resize, centre crop, scale, normalise. What to do is data (ImageTransform);
// the results are those of torchvision's transforms on Pillow images, byte for byte.
import { UserError } from '../../base/errors.ts';
import type { RgbImage } from './images.ts';
import type { Interpolation } from './resample-weights.ts';
import { cropRaster, type Region, resizeRaster } from './resize.ts';

/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * How large the resized image is:
 * - `shortest`: its shorter side is `size`, the longer one is truncated to whole pixels (torchvision `Resize(int)`);
 * - `exact`: `width × height`, whatever the aspect ratio ("squash");
 * - `inside` and `cover`: the largest image inside `width × height`, the smallest one that covers it, sides rounded
 *   half to even (timm `ResizeKeepRatio` with `longest` 1 and 0).
 */
export type ResizeRule =
  | { readonly to: 'shortest'; readonly size: number }
  | ({ readonly to: 'exact' | 'inside' | 'cover' } & ImageSize);

/** A preprocessing as data. */
export interface ImageTransform {
  /** Left out: the image keeps its size. */
  readonly resize?: ResizeRule;
  readonly interpolation: Interpolation;
  /** Cut this size from the middle, padding where the image is smaller. */
  readonly crop?: ImageSize;
  /** Grey level of padding. */
  readonly fill?: number;
  /** How a byte becomes a number in [0, 1]: `v / 255` (torchvision v1) or `v · float32(1/255)` (v2). */
  readonly scale: 'divide' | 'multiply';
  /** Per channel, `(x − mean) / std` after scaling. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Where an image goes: its size after the resize, and the crop, in pixels of the resized image. */
export interface Geometry {
  readonly resized: ImageSize;
  /** `left` and `top` are negative where the image is padded. */
  readonly crop: Region;
}

/** Work out the geometry of a transform for an image of a given size, without its pixels. */
export function planGeometry(image: ImageSize, transform: ImageTransform): Geometry {
  const resized = resizedSize(image, transform.resize);
  const crop = transform.crop ?? resized;
  return {
    resized,
    crop: {
      left: centreOffset(resized.width, crop.width),
      top: centreOffset(resized.height, crop.height),
      width: crop.width,
      height: crop.height,
    },
  };
}

/** Resize and crop: the bytes the model sees, before they become floats. Only needed pixels are computed. */
export function applyGeometry(image: RgbImage, transform: ImageTransform): RgbImage {
  const { resized, crop } = planGeometry(image, transform);
  const visible = {
    left: Math.max(0, crop.left),
    top: Math.max(0, crop.top),
    width: Math.min(crop.width, resized.width),
    height: Math.min(crop.height, resized.height),
  };
  const source = { ...image, channels: 3 };
  const part =
    resized.width === image.width && resized.height === image.height
      ? cropRaster(source, visible)
      : resizeRaster(source, {
          ...resized,
          interpolation: transform.interpolation,
          region: visible,
        });
  const { width, height, data } =
    part.width === crop.width && part.height === crop.height
      ? part
      : pad(part, crop, transform.fill ?? 0);
  return { width, height, data };
}

/** Preprocess an image: resize, crop, scale and normalise, to float32 `[3, height, width]`. */
export function applyTransform(image: RgbImage, transform: ImageTransform): Float32Array {
  const { data } = applyGeometry(image, transform);
  const pixels = data.length / 3;
  const out = new Float32Array(data.length);
  for (let c = 0; c < 3; c++) {
    const value = byteValues(transform, c);
    for (let i = 0, o = c * pixels, p = c; i < pixels; i++, o++, p += 3) out[o] = value[data[p]!]!;
  }
  return out;
}

/** The normalised float of every byte in channel `c`, each operation rounded to float32 as torch rounds it. */
function byteValues({ scale, mean, std }: ImageTransform, c: number): Float32Array {
  const f = Math.fround;
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const unit = scale === 'divide' ? f(byte / 255) : f(byte * f(1 / 255));
    return f(f(unit - f(mean[c]!)) / f(std[c]!));
  });
}

function resizedSize(image: ImageSize, rule: ResizeRule | undefined): ImageSize {
  const { width, height } = image;
  if (rule === undefined) return { width, height };
  switch (rule.to) {
    case 'exact':
      return { width: rule.width, height: rule.height };
    case 'shortest': {
      const long = Math.trunc((rule.size * Math.max(width, height)) / Math.min(width, height));
      return width <= height
        ? { width: rule.size, height: long }
        : { width: long, height: rule.size };
    }
    case 'inside':
    case 'cover': {
      const ratios = [height / rule.height, width / rule.width];
      const ratio = rule.to === 'inside' ? Math.max(...ratios) : Math.min(...ratios);
      const size = { width: roundHalfEven(width / ratio), height: roundHalfEven(height / ratio) };
      if (size.width > 0 && size.height > 0) return size;
      throw new UserError(
        `invalid image size: ${width} × ${height} pixels, inside ${rule.width} × ${rule.height} one side shrinks to nothing`,
      );
    }
  }
}

/** Where a centred crop begins on one axis; negative when the image is smaller than the crop. */
function centreOffset(size: number, crop: number): number {
  return size < crop ? -Math.floor((crop - size) / 2) : roundHalfEven((size - crop) / 2);
}

/** Round to the nearest integer, halves to the even one, as Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const above = value - floor;
  return above > 0.5 || (above === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

function pad(image: RgbImage, frame: Region, fill: number): RgbImage {
  const data = new Uint8Array(frame.width * frame.height * 3).fill(fill);
  const left = Math.max(0, -frame.left);
  const top = Math.max(0, -frame.top);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((top + y) * frame.width + left) * 3);
  }
  return { width: frame.width, height: frame.height, data };
}
