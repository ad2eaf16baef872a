// Resizing that gives the same bytes as Pillow's `Image.resize` on 8-bit images: two passes of fixed-point
// weights, horizontal first, each rounded to bytes (Pillow, src/libImaging/Resample.c).
import { axisWeights, type Interpolation, nearestPositions } from './resample-weights.ts';

/** Pixels of 8 bits, row-major `[height, width, channels]`. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** A rectangle of whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface ResizeOptions {
  /** Size of the whole resized image. */
  readonly width: number;
  readonly height: number;
  readonly interpolation: Interpolation;
  /** Part of the resized image to compute; the whole of it by default. */
  readonly region?: Region;
}

/** Resize `image`, byte for byte as Pillow does, and return the asked region of the result. */
export function resizeRaster(image: Raster, options: ResizeOptions): Raster {
  const { width, height, interpolation } = options;
  const region = options.region ?? { left: 0, top: 0, width, height };
  if (interpolation === 'nearest') return pickNearest(image, options, region);

  const across = axisWeights(image.width, width, interpolation, region.left, region.width);
  const down = axisWeights(image.height, height, interpolation, region.top, region.height);
  const rows =
    image.width === width
      ? cropRaster(image, { left: region.left, top: 0, width: region.width, height: image.height })
      : horizontalPass(image, across, region.width, down.first, down.last);
  return image.height === height
    ? cropRaster(rows, { left: 0, top: region.top, width: region.width, height: region.height })
    : verticalPass(rows, down, region.height);
}

/** Cut `region` out of an image. The image itself comes back when the region is all of it. */
export function cropRaster(image: Raster, region: Region): Raster {
  const { width, height, channels, data } = image;
  if (region.left === 0 && region.top === 0 && region.width === width && region.height === height)
    return image;
  const out = new Uint8Array(region.width * region.height * channels);
  const length = region.width * channels;
  for (let y = 0; y < region.height; y++) {
    const from = ((region.top + y) * width + region.left) * channels;
    out.set(data.subarray(from, from + length), y * length);
  }
  return { width: region.width, height: region.height, channels, data: out };
}

type Weights = ReturnType<typeof axisWeights>;

const HALF = 1 << 21;
const BITS = 22;

/** Resize each row from `firstRow` to `lastRow` (exclusive); the other rows of the result stay unset. */
function horizontalPass(
  image: Raster,
  { start, count, weight, taps }: Weights,
  outWidth: number,
  firstRow: number,
  lastRow: number,
): Raster {
  const { width, height, channels, data } = image;
  const out = new Uint8ClampedArray(outWidth * height * channels); // clamps where Pillow calls clip8
  for (let y = firstRow; y < lastRow; y++) {
    const row = y * width * channels;
    let o = y * outWidth * channels;
    for (let x = 0; x < outWidth; x++) {
      const w0 = x * taps;
      const w1 = w0 + count[x]!;
      const from = row + start[x]! * channels;
      if (channels === 3) {
        let i = from;
        let r = HALF;
        let g = HALF;
        let b = HALF;
        for (let w = w0; w < w1; w++, i += 3) {
          const k = weight[w]!;
          r = (r + Math.imul(data[i]!, k)) | 0;
          g = (g + Math.imul(data[i + 1]!, k)) | 0;
          b = (b + Math.imul(data[i + 2]!, k)) | 0;
        }
        out[o] = r >> BITS;
        out[o + 1] = g >> BITS;
        out[o + 2] = b >> BITS;
        o += 3;
        continue;
      }
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let w = w0, i = from + c; w < w1; w++, i += channels)
          sum = (sum + Math.imul(data[i]!, weight[w]!)) | 0;
        out[o++] = sum >> BITS;
      }
    }
  }
  return { width: outWidth, height, channels, data: new Uint8Array(out.buffer) };
}

function verticalPass(
  image: Raster,
  { start, count, weight, taps }: Weights,
  outHeight: number,
): Raster {
  const { width, channels, data } = image;
  const length = width * channels;
  const out = new Uint8ClampedArray(length * outHeight);
  for (let y = 0; y < outHeight; y++) {
    const w0 = y * taps;
    const w1 = w0 + count[y]!;
    const from = start[y]! * length;
    const o = y * length;
    for (let x = 0; x < length; x++) {
      let sum = HALF;
      for (let w = w0, i = from + x; w < w1; w++, i += length)
        sum = (sum + Math.imul(data[i]!, weight[w]!)) | 0;
      out[o + x] = sum >> BITS;
    }
  }
  return { width, height: outHeight, channels, data: new Uint8Array(out.buffer) };
}

function pickNearest(image: Raster, options: ResizeOptions, region: Region): Raster {
  const { channels, data } = image;
  const columns = nearestPositions(image.width, options.width);
  const rows = nearestPositions(image.height, options.height);
  const out = new Uint8Array(region.width * region.height * channels);
  let o = 0;
  for (let y = 0; y < region.height; y++) {
    const row = rows[region.top + y]! * image.width;
    for (let x = 0; x < region.width; x++) {
      const from = (row + columns[region.left + x]!) * channels;
      for (let c = 0; c < channels; c++) out[o++] = data[from + c]!;
    }
  }
  return { width: region.width, height: region.height, channels, data: out };
}
