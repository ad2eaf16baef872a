// Netpbm images (.pbm, .pgm, .ppm, plain and binary) to RGB, with the rounding of Pillow's PpmImagePlugin.
import { UserError } from '../../base/errors.ts';
import { checkImageSize } from './image-limits.ts';
import type { RgbImage } from './images.ts';
import { roundHalfEven } from './transform.ts';

/** Tell whether the bytes begin like a Netpbm image: `P1` … `P6` and white space or a comment. */
export function isNetpbm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && isSpace(bytes[2]);
}

/**
 * Decode a Netpbm image. Samples are scaled to 8 bits by `round(255 · v / maxval)`; grey samples of more than 8 bits
 * are scaled to 16 bits and then clipped at 255, as Pillow's conversion to RGB does.
 *
 * @throws {UserError} when the header or the pixels are not those of a whole image.
 */
export function decodeNetpbm(bytes: Uint8Array): RgbImage {
  const kind = bytes[1]! - 0x30;
  const plain = kind <= 3;
  const bitmap = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const tokens = new Tokens(bytes, 2);
  const width = tokens.integer('width', 1);
  const height = tokens.integer('height', 1);
  const maxval = bitmap ? 1 : tokens.integer('maximum', 1, 65_535);
  checkImageSize(width, height);
  const samples = width * height * channels;
  if (plain && bytes.length - tokens.at < samples * (bitmap ? 1 : 2))
    throw new UserError(`image is truncated: too few bytes for ${samples} samples`);

  const level = levels(maxval, { wide: channels === 1 && maxval > 255, inverted: bitmap });
  const read = plain
    ? () => (bitmap ? tokens.bit() : tokens.integer('sample', 0, maxval))
    : binaryReader(bytes, tokens.at + 1, { samples, width, bitmap, maxval });
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < samples; i++) {
    const value = level(read());
    if (channels === 3) data[i] = value;
    else data.fill(value, i * 3, i * 3 + 3);
  }
  return { width, height, data };
}

function levels(maxval: number, how: { wide: boolean; inverted: boolean }): (v: number) => number {
  if (how.inverted) return (v) => (v === 0 ? 255 : 0);
  if (maxval === 255) return (v) => v;
  const top = how.wide ? 65_535 : 255;
  return (v) => Math.min(255, roundHalfEven((v / maxval) * top));
}

interface BinaryLayout {
  readonly samples: number;
  readonly width: number;
  readonly bitmap: boolean;
  readonly maxval: number;
}

function binaryReader(bytes: Uint8Array, start: number, layout: BinaryLayout): () => number {
  const { samples, width, bitmap, maxval } = layout;
  const rowBytes = (width + 7) >> 3;
  const size = bitmap ? (samples / width) * rowBytes : samples * (maxval > 255 ? 2 : 1);
  if (bytes.length < start + size)
    throw new UserError(`image is truncated: ${bytes.length - start} bytes of pixels, not ${size}`);
  let i = 0;
  if (bitmap) {
    return () => {
      const x = i % width;
      const byte = bytes[start + ((i - x) / width) * rowBytes + (x >> 3)]!;
      i++;
      return (byte >> (7 - (x & 7))) & 1;
    };
  }
  if (maxval <= 255) return () => bytes[start + i++]!;
  return () => {
    const at = start + 2 * i++;
    return bytes[at]! * 256 + bytes[at + 1]!;
  };
}

/** Numbers in text, separated by white space and `#` comments. */
class Tokens {
  readonly #bytes: Uint8Array;
  /** Position after the last token. */
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  integer(what: string, low: number, high: number = Number.MAX_SAFE_INTEGER): number {
    this.#skip();
    let value = 0;
    const start = this.at;
    while (isDigit(this.#bytes[this.at]) && this.at - start <= 10)
      value = value * 10 + this.#bytes[this.at++]! - 0x30;
    if (this.at === start) throw new UserError(`image is truncated: no ${what} in it`);
    if (value < low || value > high) throw new UserError(`invalid ${what} in the image: ${value}`);
    return value;
  }

  bit(): number {
    this.#skip();
    const digit = this.#bytes[this.at++];
    if (digit !== 0x30 && digit !== 0x31)
      throw new UserError('invalid or missing bit in the image');
    return digit - 0x30;
  }

  #skip(): void {
    for (;;) {
      while (isSpace(this.#bytes[this.at])) this.at++;
      if (this.#bytes[this.at] !== 0x23) return;
      while (this.at < this.#bytes.length && !isLineEnd(this.#bytes[this.at]!)) this.at++;
    }
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isLineEnd(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d;
}
