// The samples of a grey or palette PNG as they stand in the file: levels are not stretched to 8 bits and palette entries
// stay numbers, which is what maps of classes need and decoders of pictures do not give (PNG specification, 7.2 and 9).
import { inflateSync } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import { checkImageSize } from './image-limits.ts';

/** Samples of one channel, `[height, width]`. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const GREY = 0;
const PALETTE = 3;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/**
 * Read the samples of a PNG of one channel; undefined for other files, colours and interlaced pictures.
 * @throws {UserError} when the file is cut short or damaged.
 */
export function pngSamples(bytes: Uint8Array): Samples | undefined {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = headerOf(view);
  const { width, height, bitDepth, colourType, interlaced } = header;
  if (interlaced || (colourType !== GREY && colourType !== PALETTE)) return undefined;
  checkImageSize(width, height);
  const rowBytes = Math.ceil((width * bitDepth) / 8);
  const rows = unfilter(inflated(view, bytes, (rowBytes + 1) * height), header, rowBytes);
  return { width, height, data: unpack(rows, header, rowBytes) };
}

function headerOf(view: DataView): Header {
  if (view.byteLength < 33) throw new UserError('the file is cut short');
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    bitDepth: view.getUint8(24),
    colourType: view.getUint8(25),
    interlaced: view.getUint8(28) !== 0,
  };
}

/** All `IDAT` chunks together, inflated to `length` bytes. */
function inflated(view: DataView, bytes: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kind === 'IEND') break;
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size)));
    at += 12 + size;
  }
  try {
    const data = inflateSync(Buffer.concat(parts), { maxOutputLength: length + 1 });
    if (data.length >= length) return data;
  } catch (error) {
    throw new UserError('the compressed pixels are damaged', { cause: error });
  }
  throw new UserError('the file is cut short');
}

/** Undo the filter of each row. */
function unfilter(data: Uint8Array, { height, bitDepth }: Header, rowBytes: number): Uint8Array {
  const step = bitDepth === 16 ? 2 : 1;
  const out = new Uint8Array(rowBytes * height);
  // What lies left of a row and above the picture counts as 0.
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const at = y * (rowBytes + 1);
    const row = out.subarray(y * rowBytes, (y + 1) * rowBytes);
    row.set(data.subarray(at + 1, at + 1 + rowBytes));
    unfilterRow(data[at]!, row, above, step);
    above = row;
  }
  return out;
}

function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, step: number): void {
  if (filter > 4) throw new UserError(`unknown filter ${filter} of a row`);
  if (filter === 1) for (let x = step; x < row.length; x++) row[x]! += row[x - step]!;
  if (filter === 2) for (let x = 0; x < row.length; x++) row[x]! += above[x]!;
  if (filter === 3)
    for (let x = 0; x < row.length; x++)
      row[x]! += ((x >= step ? row[x - step]! : 0) + above[x]!) >> 1;
  if (filter === 4)
    for (let x = 0; x < row.length; x++) {
      const left = x >= step ? row[x - step]! : 0;
      const corner = x >= step ? above[x - step]! : 0;
      row[x]! += nearestOf(left, above[x]!, corner);
    }
}

/** Paeth's predictor: which of the three is nearest to `left + up − corner`. */
function nearestOf(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function unpack(
  rows: Uint8Array,
  { width, height, bitDepth }: Header,
  rowBytes: number,
): Uint16Array {
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
