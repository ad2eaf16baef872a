// The samples of a grey or palette PNG as they stand in the file: levels are not stretched to 8 bits and palette entries
// stay numbers, which is what maps of classes need and decoders of pictures do not give.
import { inflateSync } from 'node:zlib';
import { UserError } from '../../../base/errors.ts';
import { isPng, type PngFile, type PngHeader, readPng, unfilter } from './png-rows.ts';

/** Samples of one channel, `[height, width]`. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array;
}

const GREY = 0;
const PALETTE = 3;

/**
 * Read the samples of a PNG of one channel; undefined for other files, colours and interlaced pictures.
 * @throws {UserError} when the file is cut short or damaged.
 */
export function pngSamples(bytes: Uint8Array): Samples | undefined {
  if (!isPng(bytes)) return undefined;
  const file = readPng(bytes);
  const { width, height, colourType, interlaced } = file.header;
  if (interlaced || (colourType !== GREY && colourType !== PALETTE)) return undefined;
  return { width, height, data: unpack(unfilter(inflated(file), file.header), file.header) };
}

function inflated({ compressed, length }: PngFile): Uint8Array {
  try {
    const data = inflateSync(compressed, { maxOutputLength: length + 1 });
    if (data.length >= length) return data;
  } catch (error) {
    throw new UserError('the compressed pixels are damaged', { cause: error });
  }
  throw new UserError('the file is cut short');
}

function unpack(rows: Uint8Array, { width, height, bitDepth, rowBytes }: PngHeader): Uint16Array {
  const data = new Uint16Array(width * height);
  if (bitDepth === 8) return Uint16Array.from(rows);
  const mask = 2 ** bitDepth - 1;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o++) {
      const bit = x * bitDepth;
      const at = y * rowBytes + (bit >> 3);
      data[o] =
        bitDepth === 16
          ? (rows[at]! << 8) | rows[at + 1]!
          : (rows[at]! >> (8 - bitDepth - (bit & 7))) & mask;
    }
  }
  return data;
}
