// Resizing that gives the same bytes as Pillow's `Image.resize` on 8-bit images: two passes of fixed-point
// weights, each rounded to bytes (Pillow, src/libImaging/Resample.c).
import {
  type AxisWeights,
  axisWeights,
  type Interpolation,
  nearestPositions,
} from './resample-weights.ts';

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

/** Size and filter of a resize. */
export interface ResizeOptions {
  /** Size of the whole resized image. */
  readonly width: number;
  readonly height: number;
  readonly interpolation: Interpolation;
  /** Part of the resized image to compute; the whole of it by default. */
  readonly region?: Region;
}

/** Resize `image`, byte for byte as Pillow 13 does, and return the asked region of the result. */
export function resizeRaster(image: Raster, options: ResizeOptions): Raster {
  const { width, height, interpolation } = options;
  const region = options.region ?? { left: 0, top: 0, width, height };
  if (interpolation === 'nearest') return pickNearest(image, options, region);

  const across =
    image.width === width
      ? undefined
      : axisWeights(image.width, width, interpolation, region.left, region.width);
  const down =
    image.height === height
      ? undefined
      : axisWeights(image.height, height, interpolation, region.top, region.height);
  const columns = across ?? { first: region.left, last: region.left + region.width };
  const rows = down ?? { first: region.top, last: region.top + region.height };
  const needed = cropRaster(image, {
    left: columns.first,
    top: rows.first,
    width: columns.last - columns.first,
    height: rows.last - rows.first,
  });
  return verticalFirst(image, options)
    ? horizontalPass(verticalPass(needed, down), across)
    : verticalPass(horizontalPass(needed, across), down);
}

/**
 * Since version 13, Pillow starts with the height if that loses more than twice as many pixels as the width (its pull
 * request 9549), which can change a byte by a level or two. Before, it started with the width on all but extreme images.
 */
function verticalFirst(image: Raster, { width, height }: ResizeOptions): boolean {
  return image.height > height && image.height - height > 2 * (image.width - width);
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

const HALF = 1 << 21;
const BITS = 22;

function horizontalPass(image: Raster, across: AxisWeights | undefined): Raster {
  if (across === undefined) return image;
  const { width, height, channels, data } = image;
  const outWidth = across.start.length;
  const out = new Uint8ClampedArray(outWidth * height * channels); // clamps where Pillow calls clip8
  const resizeRow = channels === 3 ? resizeRgbRow : resizeAnyRow;
  for (let y = 0; y < height; y++)
    resizeRow(data, y * width * channels, out, y * outWidth * channels, across, channels);
  return { width: outWidth, height, channels, data: new Uint8Array(out.buffer) };
}

function resizeRgbRow(
  data: Uint8Array,
  row: number,
  out: Uint8ClampedArray,
  outRow: number,
  { start, count, weight, taps }: AxisWeights,
): void {
  for (let x = 0, o = outRow; x < start.length; x++, o += 3) {
    const last = x * taps + count[x]!;
    let r = HALF;
    let g = HALF;
    let b = HALF;
    for (let w = x * taps, i = row + start[x]! * 3; w < last; w++, i += 3) {
      const k = weight[w]!;
      r = (r + Math.imul(data[i]!, k)) | 0;
      g = (g + Math.imul(data[i + 1]!, k)) | 0;
      b = (b + Math.imul(data[i + 2]!, k)) | 0;
    }
    out[o] = r >> BITS;
    out[o + 1] = g >> BITS;
    out[o + 2] = b >> BITS;
  }
}

function resizeAnyRow(
  data: Uint8Array,
  row: number,
  out: Uint8ClampedArray,
  outRow: number,
  { start, count, weight, taps }: AxisWeights,
  channels: number,
): void {
  for (let x = 0, o = outRow; x < start.length; x++) {
    const last = x * taps + count[x]!;
    for (let c = 0; c < channels; c++) {
      let sum = HALF;
      for (let w = x * taps, i = row + start[x]! * channels + c; w < last; w++, i += channels)
        sum = (sum + Math.imul(data[i]!, weight[w]!)) | 0;
      out[o++] = sum >> BITS;
    }
  }
}

function verticalPass(image: Raster, down: AxisWeights | undefined): Raster {
  if (down === undefined) return image;
  const { start, count, weight, taps } = down;
  const { width, channels, data } = image;
  const outHeight = start.length;
  const length = width * channels;
  const out = new Uint8ClampedArray(length * outHeight);
  for (let y = 0; y < outHeight; y++) {
    const first = y * taps;
    const last = first + count[y]!;
    const from = start[y]! * length;
    const o = y * length;
    let x = 0;
    for (; x + 4 <= length; x += 4) {
      let a = HALF;
      let b = HALF;
      let c = HALF;
      let d = HALF;
      for (let w = first, i = from + x; w < last; w++, i += length) {
        const k = weight[w]!;
        a = (a + Math.imul(data[i]!, k)) | 0;
        b = (b + Math.imul(data[i + 1]!, k)) | 0;
        c = (c + Math.imul(data[i + 2]!, k)) | 0;
        d = (d + Math.imul(data[i + 3]!, k)) | 0;
      }
      out[o + x] = a >> BITS;
      out[o + x + 1] = b >> BITS;
      out[o + x + 2] = c >> BITS;
      out[o + x + 3] = d >> BITS;
    }
    for (; x < length; x++) {
      let sum = HALF;
      for (let w = first, i = from + x; w < last; w++, i += length)
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
