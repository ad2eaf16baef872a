// PNGs as Pillow reads them, where browsers blend with alpha or shorten levels of 16 bits otherwise.
import { UserError } from '../../../../src/base/errors.ts';
import type { RgbImage } from '../../../../src/data/images/images.ts';
import {
  CHANNELS,
  type PngFile,
  readPng,
  unfilter,
} from '../../../../src/data/images/png/png-rows.ts';

/** Decode a PNG to RGB, alpha dropped; undefined for interlaced ones, which browsers read. */
export async function decodePng(bytes: Uint8Array): Promise<RgbImage | undefined> {
  const file = readPng(bytes);
  if (file.header.interlaced) return undefined;
  const rows = unfilter(await inflated(file), file.header);
  const { width, height } = file.header;
  return { width, height, data: toRgb(rows, file) };
}

async function inflated({ compressed, length }: PngFile): Promise<Uint8Array> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const data = new Uint8Array(length);
  const reader = stream.getReader();
  let at = 0;
  while (at < length) {
    const { done, value } = await reader.read();
    if (done) throw new UserError('the file is cut short');
    data.set(value.subarray(0, length - at), at);
    at += value.length;
  }
  await reader.cancel();
  return data;
}

function toRgb(rows: Uint8Array, { header, palette }: PngFile): Uint8Array {
  const { width, height, bitDepth, colourType, rowBytes } = header;
  const isGrey = colourType === 0 || colourType === 4;
  const perPixel = CHANNELS[colourType]!;
  const bytesOf = bitDepth === 16 ? 2 : 1;
  const levels = 2 ** bitDepth - 1;
  const out = new Uint8Array(3 * width * height);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const bit = x * bitDepth;
      const packed = (rows[y * rowBytes + (bit >> 3)]! >> (8 - bitDepth - (bit & 7))) & levels;
      const at = y * rowBytes + x * perPixel * bytesOf;
      for (let c = 0; c < 3; c++) {
        if (colourType === 3)
          out[o + c] = palette?.[3 * (bitDepth < 8 ? packed : rows[at]!) + c] ?? 0;
        else if (bitDepth < 8) out[o + c] = Math.round((packed * 255) / levels);
        // Grey of 16 bits is cut at 255, as Pillow does; colours keep their high byte.
        else if (colourType === 0 && bitDepth === 16)
          out[o + c] = rows[at] === 0 ? rows[at + 1]! : 255;
        else out[o + c] = rows[at + (isGrey ? 0 : c * bytesOf)]!;
      }
    }
  }
  return out;
}
