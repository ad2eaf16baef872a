// The rows of a PNG as bytes: its header, what is compressed in it, and the filters of rows undone (PNG specification, 7.2
// and 9). Inflating is left to whoever calls: pages in a browser use it, too.
import { joinBytes } from '../../../base/arrays.ts';
import { UserError } from '../../../base/errors.ts';
import { checkImageSize } from '../image-limits.ts';

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** Samples of a pixel by the type of colour. */
export const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** What a PNG says of its pixels. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colourType: number;
  readonly interlaced: boolean;
  /** Bytes of a row without its filter. */
  readonly rowBytes: number;
}

/** A PNG before its pixels are inflated. */
export interface PngFile {
  readonly header: PngHeader;
  /** All pixels, compressed as zlib does. */
  readonly compressed: Uint8Array<ArrayBuffer>;
  /** Bytes of them when they are inflated. */
  readonly length: number;
  /** RGB of each entry of the palette. */
  readonly palette: Uint8Array | undefined;
}

/** Tell a PNG by how it begins. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Read a PNG up to its compressed pixels.
 * @throws {UserError} when it is cut short, or of a size that is not decoded
 */
export function readPng(bytes: Uint8Array): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = headerOf(view);
  checkImageSize(header.width, header.height);
  const parts: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const chunk = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size));
    if (kind === 'IEND') break;
    if (kind === 'IDAT') parts.push(chunk);
    if (kind === 'PLTE') palette = chunk;
    at += 12 + size;
  }
  const length = (header.rowBytes + 1) * header.height;
  return { header, compressed: joinBytes(parts), length, palette };
}

function headerOf(view: DataView): PngHeader {
  if (view.byteLength < 33) throw new UserError('the file is cut short');
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [bitDepth, colourType] = [view.getUint8(24), view.getUint8(25)];
  return {
    width,
    height,
    bitDepth,
    colourType,
    interlaced: view.getUint8(28) !== 0,
    rowBytes: Math.ceil((width * bitDepth * channelsOf(colourType)) / 8),
  };
}

function channelsOf(colourType: number): number {
  const channels = CHANNELS[colourType];
  if (channels !== undefined) return channels;
  throw new UserError(`unknown type of colour: ${colourType}`);
}

/**
 * Undo the filter of each row of inflated pixels: `[height, rowBytes]`.
 * @throws {UserError} for filters that there are not
 */
export function unfilter(
  data: Uint8Array,
  { height, bitDepth, colourType, rowBytes }: PngHeader,
): Uint8Array {
  const step = Math.max(1, (bitDepth * channelsOf(colourType)) >> 3);
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
