// Which way up an image is stored: found where Pillow's `getexif` looks, undone as its `exif_transpose` does.
import type { RgbImage } from './images.ts';

/** The tag of EXIF and TIFF that says it. */
export const ORIENTATION = 0x0112;

/** Where an image's upper left pixel and rows lie: 1 is upright, 2 to 8 are turned or mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

interface Notes {
  /** The tag itself, of a TIFF. */
  readonly tag?: number | undefined;
  /** The EXIF block, with or without `Exif\0\0` before it. */
  readonly exif?: Uint8Array | undefined;
  readonly xmp?: string | undefined;
  /** Texts of a PNG. */
  readonly comments?: readonly { readonly keyword: string; readonly text: string }[] | undefined;
}

/** Find an image's orientation; what says none, or none that exists, is upright. */
export function orientationOf({ tag, exif, xmp, comments = [] }: Notes): Orientation {
  // ImageMagick's way of keeping EXIF in a PNG: a line each of name and length, then hexadecimal digits.
  const profile = comments.find(({ keyword }) => keyword === 'Raw profile type exif')?.text;
  const block = exif ?? (profile && bytesOfHex(profile.split('\n').slice(3).join('')));
  const found = tag ?? (block ? tagOf(block) : undefined);
  const value = found ?? Number(/tiff:Orientation(?:="|>)([0-9])/.exec(xmp ?? '')?.[1]);
  return Number.isInteger(value) && value >= 1 && value <= 8 ? (value as Orientation) : 1;
}

function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/[0-9a-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** The number under the tag in an EXIF block's first directory; undefined where there is none. */
function tagOf(block: Uint8Array): number | undefined {
  const head = String.fromCharCode(...block.subarray(0, 6));
  const tiff = head === 'Exif\0\0' ? block.subarray(6) : block;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = tiff[0] === 0x49;
  try {
    const start = view.getUint32(4, little);
    const entries = view.getUint16(start, little);
    for (let i = 0; i < entries; i++) {
      const at = start + 2 + 12 * i;
      if (view.getUint16(at, little) !== ORIENTATION) continue;
      const [type, count] = [view.getUint16(at + 2, little), view.getUint32(at + 4, little)];
      if (count !== 1) return 0;
      if (type === 3 || type === 8) return view.getUint16(at + 8, little);
      return type === 4 || type === 9 ? view.getUint32(at + 8, little) : 0;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut off: nothing is said
  }
  return undefined;
}

/** Turn an image that is stored in an orientation upright. */
export function upright(image: RgbImage, orientation: Orientation): RgbImage {
  if (orientation === 1) return image;
  const { width, height, data } = image;
  const swaps = orientation >= 5;
  const [across, down] = swaps ? [height, width] : [width, height];
  const mirrorsX = [2, 3, 7, 8].includes(orientation);
  const mirrorsY = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < down; y++) {
    for (let x = 0; x < across; x++, to += 3) {
      const [u, v] = swaps ? [y, x] : [x, y];
      const from = (mirrorsY ? height - 1 - v : v) * width + (mirrorsX ? width - 1 - u : u);
      for (let c = 0; c < 3; c++) out[to + c] = data[from * 3 + c]!;
    }
  }
  return { width: across, height: down, data: out };
}
