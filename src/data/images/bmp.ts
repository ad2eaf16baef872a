// Windows bitmaps to RGB: 1, 4, 8, 16, 24 and 32 bits, bit fields, run lengths; alpha is dropped.
import { UserError } from '../../base/errors.ts';
import { checkImageSize } from './image-limits.ts';
import type { RgbImage } from './images.ts';

const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;

/** Tell whether the bytes begin like a Windows bitmap. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 26;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the palette and the pixels begin, in bytes. */
  readonly paletteAt: number;
  readonly pixelsAt: number;
  readonly colors: number;
  readonly paletteEntry: number;
  readonly masks: readonly number[];
}

/**
 * Decode a bitmap.
 *
 * @throws {UserError} when it is truncated or of a kind that Pillow would not read either.
 */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  const header = readHeader(bytes);
  const { width, height, bits, compression } = header;
  const rows =
    compression === RLE8 || compression === RLE4
      ? { pixels: unpackRuns(bytes, header), stride: width, bits: 8 }
      : { pixels: bytes.subarray(header.pixelsAt), stride: ((width * bits + 31) >> 5) * 4, bits };
  const needed = rows.stride * (height - 1) + ((width * rows.bits + 7) >> 3);
  if (rows.pixels.length < needed)
    throw new UserError(`image is truncated: ${rows.pixels.length} bytes of pixels, not ${needed}`);

  const data = new Uint8Array(width * height * 3);
  const color = bits <= 8 ? paletteColors(bytes, header, rows.bits) : directColors(header);
  for (let y = 0; y < height; y++) {
    const row = (header.topDown ? y : height - 1 - y) * rows.stride;
    color(rows.pixels.subarray(row), data.subarray(y * width * 3), width);
  }
  return { width, height, data };
}

function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(14, true);
  if (![12, 40, 52, 56, 64, 108, 124].includes(size))
    throw new UserError(`unsupported bitmap header of ${size} bytes`);
  if (bytes.length < 14 + size) throw new UserError('image is truncated: its header is cut off');
  const old = size === 12;
  const height = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const header = {
    width: old ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(height),
    topDown: height < 0,
    bits: view.getUint16(old ? 24 : 28, true),
    compression: old ? 0 : view.getUint32(30, true),
    paletteEntry: old ? 3 : 4,
  };
  const { width, bits, compression } = header;
  checkImageSize(width, header.height);
  if (![1, 4, 8, 16, 24, 32].includes(bits))
    throw new UserError(`unsupported bitmap of ${bits} bits a pixel`);
  const packed = (compression === RLE8 && bits === 8) || (compression === RLE4 && bits === 4);
  if (compression !== 0 && !packed && !(compression === BITFIELDS && bits >= 16))
    throw new UserError(`unsupported bitmap compression ${compression} at ${bits} bits a pixel`);

  const colors = (old ? 0 : view.getUint32(46, true)) || 1 << Math.min(bits, 8);
  const maskBytes = compression === BITFIELDS ? 12 : 0;
  const bodyAt = 14 + size;
  if (bytes.length < 54 + maskBytes && maskBytes > 0)
    throw new UserError('image is truncated: its header is cut off');
  const given = maskBytes > 0 ? [54, 58, 62].map((at) => view.getUint32(at, true)) : [];
  const masks = given.some((mask) => mask !== 0) ? given : plainMasks(bits);
  const pixelsAt =
    view.getUint32(10, true) || bodyAt + (bits <= 8 ? colors * header.paletteEntry : 0);
  return { ...header, colors, masks, paletteAt: bodyAt, pixelsAt };
}

function plainMasks(bits: number): number[] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
}

/** Writes `width` pixels of one packed row as RGB. */
type RowDecoder = (row: Uint8Array, out: Uint8Array, width: number) => void;

function paletteColors(bytes: Uint8Array, header: Header, bits: number): RowDecoder {
  const { paletteAt, paletteEntry, colors } = header;
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < Math.min(256, colors); i++) {
    const at = paletteAt + i * paletteEntry;
    if (at + 3 > bytes.length) throw new UserError('image is truncated: its palette is cut off');
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = bytes[at + 2 - c]!;
  }
  const mask = (1 << bits) - 1;
  return (row, out, width) => {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const index = (row[bit >> 3]! >> (8 - bits - (bit & 7))) & mask;
      for (let c = 0; c < 3; c++) out[x * 3 + c] = palette[index * 3 + c]!;
    }
  };
}

function directColors({ bits, masks }: Header): RowDecoder {
  const size = bits >> 3;
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, max: (mask >>> shift) >>> 0 };
  });
  if (fields.some(({ max }) => max > 255))
    throw new UserError('unsupported bitmap: a colour of more than 8 bits');
  return (row, out, width) => {
    for (let x = 0; x < width; x++) {
      let pixel = 0;
      for (let i = size - 1; i >= 0; i--) pixel = pixel * 256 + row[x * size + i]!;
      for (let c = 0; c < 3; c++) {
        const { shift, max } = fields[c]!;
        const value = (pixel >>> shift) & max;
        out[x * 3 + c] = max === 255 || max === 0 ? value : Math.trunc((value * 255) / max);
      }
    }
  };
}

/** Expand run lengths to one byte a pixel, rows in the order of the file. Pixels that no run covers are 0. */
function unpackRuns(
  bytes: Uint8Array,
  { width, height, compression, pixelsAt }: Header,
): Uint8Array {
  const out = new Uint8Array(width * height);
  const four = compression === RLE4;
  let x = 0;
  let y = 0;
  let at = pixelsAt;
  const put = (value: number): void => {
    if (x < width && y < height) out[y * width + x] = value;
    x++;
  };
  while (at + 1 < bytes.length) {
    const length = bytes[at]!;
    const value = bytes[at + 1]!;
    at += 2;
    if (length > 0) {
      for (let i = 0; i < length; i++) put(four ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return out;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (four ? i >> 1 : i)];
        if (byte === undefined) throw new UserError('image is truncated: a run is cut off');
        put(four ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte);
      }
      const used = four ? (value + 1) >> 1 : value;
      at += used + (used & 1);
    }
  }
  if (y < height - 1) throw new UserError('image is truncated: its last rows are missing');
  return out;
}
