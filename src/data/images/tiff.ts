// What a TIFF holds, and which of its kinds are read: those that Pillow reads (its TiffImagePlugin lists them), with the
// numbers that it takes from them. libvips interprets where Pillow takes values as they lie.
import { UserError } from '../../base/errors.ts';
import { ORIENTATION } from './orientation.ts';

/** Tell whether the bytes begin like a TIFF, of either order of bytes, classic or big. */
export function isTiff(bytes: Uint8Array): boolean {
  const order = String.fromCharCode(...bytes.subarray(0, 2));
  return order === 'II' || order === 'MM';
}

/** A TIFF's first directory: numbers by tag, and where in the file the first of each stands. */
interface Directory {
  readonly little: boolean;
  readonly values: ReadonlyMap<number, readonly number[]>;
  readonly places: ReadonlyMap<number, number>;
}

const WIDTHS: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8 };

const PHOTOMETRIC = 262;
const SAMPLE_FORMAT = 339;
const EXTRA_SAMPLES = 338;

/** Directories of more entries are damaged. */
const MOST_ENTRIES = 1000;

function readDirectory(bytes: Uint8Array): Directory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const isBig = view.getUint16(2, little) === 43;
  const offset = (at: number): number =>
    isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const start = offset(isBig ? 8 : 4);
  const entries = isBig ? Number(view.getBigUint64(start, little)) : view.getUint16(start, little);
  const [head, size, inline] = isBig ? [8, 20, 8] : [2, 12, 4];
  const values = new Map<number, readonly number[]>();
  const places = new Map<number, number>();
  for (let i = 0; i < Math.min(entries, MOST_ENTRIES); i++) {
    const at = start + head + size * i;
    const [tag, type] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    const count = offset(at + 4);
    const width = WIDTHS[type];
    if (width === undefined || count > 64) continue;
    const valueAt = at + (isBig ? 12 : 8);
    const first = width * count <= inline ? valueAt : offset(valueAt);
    const read = (k: number): number => {
      const place = first + k * width;
      if (width === 1) return view.getUint8(place);
      if (width === 2) return view.getUint16(place, little);
      if (width === 4) return view.getUint32(place, little);
      return Number(view.getBigUint64(place, little));
    };
    values.set(
      tag,
      Array.from({ length: count }, (_, k) => read(k)),
    );
    places.set(tag, first);
  }
  return { little, values, places };
}

/** How a TIFF is read. */
export interface TiffPlan {
  /** The file, changed where libvips would interpret what Pillow takes as it lies. */
  readonly bytes: Uint8Array;
  readonly orientation: number | undefined;
  /** Colours that were multiplied by an alpha of 16 bits, and must be divided by it again. */
  readonly isPremultiplied16: boolean;
}

/**
 * Look at a TIFF before it is decoded.
 *
 * @throws {UserError} for a kind that Pillow does not read, or that only one of the two reads rightly.
 */
export function planTiff(bytes: Uint8Array): TiffPlan {
  let directory: Directory;
  try {
    directory = readDirectory(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError('image is truncated: its directory is cut off', { cause: error });
  }
  const kind = kindOf(directory);
  const reason = refusal(kind);
  if (reason !== undefined) throw new UserError(`unsupported TIFF: ${describe(kind)}${reason}`);
  const { photometric, bits, format, extra } = kind;
  const changes: [tag: number, value: number][] = [];
  // Pillow does not invert 16 bits, nor take 8 bits as signed.
  if (photometric === 0 && bits >= 16) changes.push([PHOTOMETRIC, 1]);
  if (format === 2 && bits === 8) changes.push([SAMPLE_FORMAT, 1]);
  const isPremultiplied16 = photometric === 2 && bits === 16 && extra[0] === 1;
  if (isPremultiplied16) changes.push([EXTRA_SAMPLES, 2]);
  return {
    bytes: changed(bytes, directory, changes),
    orientation: directory.values.get(ORIENTATION)?.[0],
    isPremultiplied16,
  };
}

interface Kind {
  readonly photometric: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format: number;
  readonly bits: number;
  readonly samples: number;
  /** What samples beyond the colours are: 0 nothing said, 1 alpha that colours were multiplied by, 2 alpha. */
  readonly extra: readonly number[];
  readonly compression: number;
  readonly isPlanar: boolean;
  readonly reversesBits: boolean;
  readonly little: boolean;
  /** Samples of different sizes or kinds. */
  readonly isMixed: boolean;
}

function kindOf({ little, values }: Directory): Kind {
  const first = (tag: number, otherwise: number): number => values.get(tag)?.[0] ?? otherwise;
  const bits = values.get(258) ?? [1];
  const formats = values.get(SAMPLE_FORMAT) ?? [1];
  const compression = first(259, 1);
  return {
    photometric: first(PHOTOMETRIC, 0),
    format: formats[0] ?? 1,
    bits: bits[0] ?? 1,
    samples: first(277, 1),
    extra: values.get(EXTRA_SAMPLES) ?? [],
    compression,
    isPlanar: first(284, 1) === 2,
    reversesBits: first(266, 1) === 2,
    little,
    isMixed: [bits, formats].some((list) => list.some((value) => value !== list[0])),
  };
}

const JPEG = [6, 7];

/** Kinds by photometric interpretation: bits, and how many samples with which extra ones. */
const COLOUR: Readonly<Record<number, Readonly<Record<number, readonly string[]>>>> = {
  2: {
    8: [
      '3:',
      '4:',
      '4:0',
      '4:1',
      '4:2',
      '4:999',
      '5:00',
      '5:10',
      '5:20',
      '6:000',
      '6:100',
      '6:200',
    ],
    16: ['3:', '4:', '4:0', '4:1', '4:2'],
  },
  5: { 8: ['4:', '5:0'], 16: ['4:'] },
};

/** Say why a kind is not read; undefined where it is. */
function refusal(kind: Kind): string | undefined {
  const { samples, bits, compression, isPlanar, isMixed } = kind;
  if (isMixed) return ', of different kinds';
  if (isPlanar && samples > 1 && bits > 8 && compression === 1)
    return ', one colour after the other, which Pillow misreads';
  return isRead(kind) ? undefined : '';
}

function isRead(kind: Kind): boolean {
  const { photometric, format, bits, samples, extra, reversesBits, little } = kind;
  const shape = `${samples}:${extra.join('')}`;
  const isGrey = photometric <= 1;
  if (photometric === 2 || photometric === 5) {
    const isPlain = !reversesBits || shape === '3:';
    return format === 1 && isPlain && (COLOUR[photometric]?.[bits] ?? []).includes(shape);
  }
  if (photometric === 6)
    return format === 1 && bits === 8 && shape === '3:' && JPEG.includes(kind.compression);
  if (!isGrey && photometric !== 3) return false;
  // Grey levels or numbers of colours, perhaps with alpha, which is dropped.
  if (shape === '2:0' || shape === '2:2')
    return photometric !== 0 && format === 1 && bits === 8 && !reversesBits;
  if (shape !== '1:') return false;
  if (format === 1 && [1, 2, 4, 8].includes(bits)) return true;
  if (!isGrey) return false;
  if (format === 3) return bits === 32 && !reversesBits;
  if (format === 2) return photometric === 1 && [8, 16, 32].includes(bits) && !reversesBits;
  if (format !== 1) return false;
  if (bits === 16) return photometric === 1 ? little || !reversesBits : little && !reversesBits;
  return bits === 32 && photometric === 1 && little && !reversesBits;
}

const PHOTOMETRICS: Readonly<Record<number, string>> = {
  0: 'grey with white as zero',
  1: 'grey',
  2: 'RGB',
  3: 'a palette',
  4: 'a mask',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'L*a*b*',
};

function describe({ photometric, format, bits, samples }: Kind): string {
  const what = PHOTOMETRICS[photometric] ?? `photometric interpretation ${photometric}`;
  const numbers = { 2: 'signed ', 3: 'floating-point ' }[format] ?? '';
  return `${what}, ${samples} ${numbers}${samples === 1 ? 'sample' : 'samples'} of ${bits} bits`;
}

/** Copy a file with other numbers under some of its tags. */
function changed(
  bytes: Uint8Array,
  { little, places, values }: Directory,
  changes: readonly [tag: number, value: number][],
): Uint8Array {
  if (changes.length === 0) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const [tag, value] of changes) {
    const place = places.get(tag);
    // What is not there has the value that it would be given, or is of one sample.
    if (place === undefined) continue;
    for (let k = 0; k < values.get(tag)!.length; k++) view.setUint16(place + 2 * k, value, little);
  }
  return copy;
}
