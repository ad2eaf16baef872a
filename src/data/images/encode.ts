// Pixels to image files.
import type { Sharp } from 'sharp';
import { UserError } from '../../base/errors.ts';

/** Pixels to encode: RGB or grey levels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 8 bits, row-major, 1 (grey), 3 (RGB) or 4 (RGBA) channels. */
  readonly data: Uint8Array;
}

/** Encode pixels as the bytes of a PNG file, without loss. Grey pixels give a grey PNG, exact class numbers included. */
export async function encodePng(image: Pixels): Promise<Uint8Array> {
  const grey = channelsOf(image) === 1;
  return (await open(image))
    .toColourspace(grey ? 'b-w' : 'srgb')
    .png({ compressionLevel: 6 })
    .toBuffer();
}

/** Encode pixels as the bytes of a JPEG file, without chroma subsampling; `quality` from 1 to 100. */
export async function encodeJpeg(
  image: Pixels,
  { quality = 90 }: { quality?: number } = {},
): Promise<Uint8Array> {
  return (await open(image)).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

async function open(image: Pixels): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  const { width, height, data } = image;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return sharp(bytes, { raw: { width, height, channels: channelsOf(image) } });
}

function channelsOf({ width, height, data }: Pixels): 1 | 3 | 4 {
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return channels;
  throw new UserError(
    `invalid image: ${data.length} bytes for ${width} × ${height} pixels, not 1, 3 or 4 a pixel`,
  );
}
