// Any photo to 8-bit RGB, with the pixels that Pillow's `Image.open(…).convert('RGB')` gives: alpha is dropped, not
// blended; colour profiles are left alone, and so is EXIF rotation unless it is asked for. sharp decodes, except where it
// has no reader (BMP, Netpbm) or reads otherwise (GIF).
import { readFile, stat } from 'node:fs/promises';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { errorCode, UserError } from '../../base/errors.ts';
import { pathOfText } from '../../base/system/file-names.ts';
import { decodeBmp, isBmp } from './bmp.ts';
import { decodeGif, isGif } from './gif.ts';
import { checkImageSize, MAX_PIXELS } from './image-limits.ts';
import type { RgbImage } from './images.ts';
import { decodeNetpbm, isNetpbm } from './netpbm.ts';
import { orientationOf, upright } from './orientation.ts';
import { isTiff, planTiff, type TiffPlan } from './tiff.ts';

/** An image that is broken, missing or of an unsupported kind: the one error that `onBad: 'skip'` may pass over. */
export class BadImageError extends UserError {
  constructor(source: string, reason: string, cause?: unknown) {
    super(`image cannot be read: '${source}': ${reason}`, {
      hint: 'mend or remove it, or skip such images with --on-bad-image skip',
      cause,
    });
    this.name = 'BadImageError';
  }
}

/** How an image is decoded. */
export interface DecodeOptions {
  /**
   * Turn the image as its EXIF or XMP says, as the `datasets` library does; Pillow itself does so with TIFF alone.
   * @default false
   */
  readonly upright?: boolean;
}

/** An image of one channel, 8 bits, row-major `[height, width]`. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Decode an image file (a path) or its bytes to RGB; of an animation, the first frame.
 *
 * @param source names the image in errors; the path by default.
 * @throws {BadImageError} when it is missing, broken, too large or of an unsupported format.
 */
export async function decodeImage(
  input: string | Uint8Array,
  source: string = typeof input === 'string' ? input : 'image',
  options: DecodeOptions = {},
): Promise<RgbImage> {
  // Loaded when an image is first decoded: it is a large library, and not every user of this one has images.
  const { default: sharp } = await import('sharp');
  try {
    const bytes = typeof input === 'string' ? await readImageFile(input) : input;
    if (isBmp(bytes)) return decodeBmp(bytes);
    if (isNetpbm(bytes)) return decodeNetpbm(bytes);
    if (isGif(bytes)) return decodeGif(bytes);
    return await decodeWithSharp(bytes, sharp, options);
  } catch (error) {
    throw new BadImageError(source, reasonOf(error), error);
  }
}

/**
 * Decode to grey levels as Pillow's `convert('L')`: `(19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶`, rounded down. Exact for
 * grey images, so the class numbers of a segmentation map come back as they were written.
 *
 * @throws {BadImageError} as {@link decodeImage}.
 */
export async function decodeGrey(input: string | Uint8Array, source?: string): Promise<GreyImage> {
  const { width, height, data } = await decodeImage(input, source);
  const grey = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3)
    grey[i] = (data[p]! * 19_595 + data[p + 1]! * 38_470 + data[p + 2]! * 7_471 + 0x8000) >> 16;
  return { width, height, data: grey };
}

async function readImageFile(path: string): Promise<Uint8Array> {
  const place = pathOfText(path);
  const stats = await stat(place);
  if (!stats.isFile()) throw new UserError('it is not a file');
  return readFile(place);
}

const FORMATS = new Set(['jpeg', 'png', 'webp', 'tiff']);

async function decodeWithSharp(
  bytes: Uint8Array,
  sharp: (bytes: Buffer, options: SharpOptions) => Sharp,
  options: DecodeOptions,
): Promise<RgbImage> {
  if (bytes.length === 0) throw new UserError('the file is empty');
  const tiff = isTiff(bytes) ? planTiff(bytes) : undefined;
  const file = tiff?.bytes ?? bytes;
  const image = sharp(Buffer.from(file.buffer, file.byteOffset, file.byteLength), {
    // Like Pillow, read on where a decoder only warns (a wrong checksum, stray bytes), but not past the end of the
    // file, which libtiff counts among the plain errors.
    failOn: tiff === undefined ? 'truncated' : 'error',
    ignoreIcc: true,
    limitInputPixels: MAX_PIXELS,
  });
  const about = await image.metadata();
  if (!FORMATS.has(about.format)) throw new UserError(`unsupported format: ${about.format}`);
  checkImageSize(about.width, about.height);
  const decoded = await decodeAs(image, bytes, about, tiff);
  if (tiff !== undefined)
    return upright(decoded, orientationOf({ xmp: about.xmpAsString, tag: tiff.orientation }));
  if (options.upright !== true) return decoded;
  const { exif, comments } = about;
  return upright(decoded, orientationOf({ exif, xmp: about.xmpAsString, comments }));
}

async function decodeAs(
  image: Sharp,
  bytes: Uint8Array,
  about: Metadata,
  tiff: TiffPlan | undefined,
): Promise<RgbImage> {
  if (about.space === 'cmyk') return fromCmyk(image, about);
  if (isGrey16(bytes, about)) return fromGrey16(image);
  return tiff?.isPremultiplied16 === true ? fromPremultiplied(image) : fromColour(image);
}

async function fromColour(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 3) throw new UserError(`unsupported image of ${channels} channels`);
  return { width, height, data: plainBytes(data) };
}

/** Ink to light as Pillow does it: `(255 − K) − C (255 − K) / 255`, without a colour profile. */
async function fromCmyk(image: Sharp, { depth }: Metadata): Promise<RgbImage> {
  const isWide = depth === 'ushort';
  const { data, info } = await image
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: isWide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = new Uint8Array(width * height * 3);
  // Of 16 bits, the high byte.
  const ink = (i: number): number => (isWide ? data[2 * i + 1]! : data[i]!);
  for (let i = 0, p = 0; p < rgb.length; i += channels, p += 3) {
    const light = 255 - ink(i + 3);
    for (let c = 0; c < 3; c++) {
      const product = ink(i + c) * light + 128;
      rgb[p + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return { width, height, data: rgb };
}

/**
 * Grey of 16 bits: Pillow keeps the full range and then clips it at 255, so all but the darkest levels become white.
 * Colour of 16 bits is different there: it keeps the high byte.
 */
async function fromGrey16(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const levels = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    rgb.fill(Math.min(255, levels.getUint16(i * channels * 2, true)), i * 3, i * 3 + 3);
  return { width, height, data: rgb };
}

/** Colours of 16 bits, multiplied by alpha: Pillow divides the high bytes. */
async function fromPremultiplied(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, p = 0; p < rgb.length; i += channels, p += 3) {
    const alpha = data[i + 3]!;
    for (let c = 0; c < 3; c++)
      rgb[p + c] = alpha === 0 ? 0 : Math.min(255, Math.trunc((data[i + c]! * 255) / alpha));
  }
  return { width, height, data: rgb };
}

function isGrey16(bytes: Uint8Array, about: Metadata): boolean {
  if (about.space !== 'grey16') return false;
  // A PNG with an alpha channel (colour type 4) is read as 16-bit colour, one with a transparent grey level is not.
  return about.format === 'png' ? bytes[25] === 0 : about.channels === 1;
}

function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission is denied';
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'the file is too large';
  if (!(error instanceof Error)) return String(error);
  // libvips says the same of every row.
  const lines = new Set(error.message.split('\n').map((line) => line.trim()));
  return [...lines]
    .filter((line) => line !== '')
    .slice(0, 3)
    .join('; ')
    .slice(0, 300);
}
