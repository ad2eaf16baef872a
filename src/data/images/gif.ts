// GIF to RGB: the first frame on its screen. What lies outside the frame, or is transparent, has the colour that the palette
// gives to that index, as in Pillow's GifImagePlugin; sharp has no colour there.
import { joinBytes } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import { checkImageSize } from './image-limits.ts';
import type { RgbImage } from './images.ts';

/** Tell whether the bytes begin like a GIF. */
export function isGif(bytes: Uint8Array): boolean {
  return /^GIF8[79]a/.test(String.fromCharCode(...bytes.subarray(0, 6)));
}

/**
 * Decode the first frame of a GIF.
 *
 * @throws {UserError} when it is truncated or damaged.
 */
export function decodeGif(bytes: Uint8Array): RgbImage {
  const reader = new Reader(bytes);
  reader.at = 6;
  const screen = { width: reader.short(), height: reader.short() };
  const flags = reader.byte();
  reader.at += 2;
  const global = flags & 0x80 ? reader.take(3 << ((flags & 7) + 1)) : undefined;
  const { transparent, frame } = readFrame(reader);
  const width = Math.max(screen.width, frame.x + frame.width);
  const height = Math.max(screen.height, frame.y + frame.height);
  checkImageSize(width, height);
  const indices = new Uint8Array(width * height).fill(transparent ?? 0);
  const pixels = unpack(reader.blocks(), frame.codeBits, frame.width * frame.height);
  rowsOf(frame).forEach((row, i) => {
    const from = i * frame.width;
    const to = (frame.y + row) * width + frame.x;
    indices.set(pixels.subarray(from, from + frame.width), to);
  });
  return { width, height, data: coloured(indices, frame.palette ?? global) };
}

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
  readonly palette: Uint8Array | undefined;
  readonly codeBits: number;
}

function readFrame(reader: Reader): { transparent: number | undefined; frame: Frame } {
  let transparent: number | undefined;
  for (;;) {
    const kind = reader.byte();
    if (kind === 0x2c) break;
    if (kind === 0x3b) throw new UserError('a GIF without an image');
    if (kind !== 0x21) continue; // stray bytes, which Pillow passes over
    const label = reader.byte();
    const [first] = reader.blockList();
    if (label === 0xf9 && first !== undefined && first.length >= 4 && first[0]! & 1)
      transparent = first[3];
  }
  const [x, y, width, height] = [reader.short(), reader.short(), reader.short(), reader.short()];
  const flags = reader.byte();
  const palette = flags & 0x80 ? reader.take(3 << ((flags & 7) + 1)) : undefined;
  const codeBits = reader.byte();
  if (codeBits > 11) throw new UserError(`invalid GIF: codes of ${codeBits} bits`);
  const isInterlaced = (flags & 0x40) !== 0;
  return { transparent, frame: { x, y, width, height, isInterlaced, palette, codeBits } };
}

/** Rows of a frame in the order in which they are stored. */
function rowsOf({ height, isInterlaced }: Frame): number[] {
  const passes = isInterlaced
    ? [
        [0, 8],
        [4, 8],
        [2, 4],
        [1, 2],
      ]
    : [[0, 1]];
  const rows: number[] = [];
  for (const [first, step] of passes)
    for (let row = first!; row < height; row += step!) rows.push(row);
  return rows;
}

function coloured(indices: Uint8Array, palette: Uint8Array | undefined): Uint8Array {
  const data = new Uint8Array(indices.length * 3);
  const isGrey = palette === undefined || palette.every((value, i) => value === Math.floor(i / 3));
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    // Without colours an index is a grey level; colours that the palette lacks are black.
    for (let c = 0; c < 3; c++) data[i * 3 + c] = isGrey ? index : (palette[index * 3 + c] ?? 0);
  }
  return data;
}

const MOST_CODES = 4096;

/** Expand the LZW codes of a frame to one byte a pixel. */
function unpack(packed: Uint8Array, codeBits: number, size: number): Uint8Array {
  const clear = 1 << codeBits;
  const prefix = new Uint16Array(MOST_CODES);
  const suffix = new Uint8Array(MOST_CODES);
  const string = new Uint8Array(MOST_CODES + 1);
  const out = new Uint8Array(size);
  let [next, bits, previous, first] = [clear + 2, codeBits + 1, -1, 0];
  let [buffer, held, at, done] = [0, 0, 0, 0];
  while (done < size) {
    while (held < bits) {
      if (at >= packed.length) throw new UserError(`image is truncated: ${done} of ${size} pixels`);
      buffer |= packed[at++]! << held;
      held += 8;
    }
    const code = buffer & ((1 << bits) - 1);
    buffer >>>= bits;
    held -= bits;
    if (code === clear) {
      [next, bits, previous] = [clear + 2, codeBits + 1, -1];
      continue;
    }
    if (code === clear + 1) throw new UserError(`image is truncated: ${done} of ${size} pixels`);
    if (code > next || (code === next && previous < 0) || (previous < 0 && code > clear))
      throw new UserError(`invalid GIF: code ${code} where ${next} are known`);
    let length = 0;
    let link = code;
    if (code === next) {
      string[length++] = first;
      link = previous;
    }
    for (; link >= clear; link = prefix[link]!) string[length++] = suffix[link]!;
    first = link;
    string[length++] = first;
    for (let i = length - 1; i >= 0 && done < size; i--) out[done++] = string[i]!;
    if (previous >= 0 && next < MOST_CODES) {
      prefix[next] = previous;
      suffix[next++] = first;
      if (next === 1 << bits && bits < 12) bits++;
    }
    previous = code;
  }
  return out;
}

/** Reads a GIF's bytes in turn. */
class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new UserError('image is truncated: it ends too early');
    const part = this.#bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  short(): number {
    const [low, high] = this.take(2);
    return low! | (high! << 8);
  }

  /** Blocks up to the empty one, each behind its length. */
  blockList(): Uint8Array[] {
    const list: Uint8Array[] = [];
    for (let length = this.byte(); length > 0; length = this.byte()) list.push(this.take(length));
    return list;
  }

  /** The same, joined; a file may end before the empty one. */
  blocks(): Uint8Array {
    const list: Uint8Array[] = [];
    while (this.at < this.#bytes.length) {
      const length = this.byte();
      if (length === 0) break;
      list.push(this.take(Math.min(length, this.#bytes.length - this.at)));
    }
    return joinBytes(list);
  }
}
