// In place of src/data/images/encode.ts: pixels to image files by the browser.
import type { Pixels } from '../../../../src/data/images/encode.ts';

/** Encode pixels as the bytes of a PNG file, without loss. */
export function encodePng(image: Pixels): Promise<Uint8Array> {
  return encode(image, 'image/png');
}

/** Encode pixels as the bytes of a JPEG file; `quality` from 1 to 100. */
export function encodeJpeg(
  image: Pixels,
  { quality = 90 }: { quality?: number } = {},
): Promise<Uint8Array> {
  return encode(image, 'image/jpeg', quality / 100);
}

async function encode(
  { width, height, data }: Pixels,
  type: string,
  quality?: number,
): Promise<Uint8Array> {
  const channels = data.length / (width * height);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < (channels === 4 ? 4 : 3); c++)
      rgba[4 * i + c] = data[i * channels + (channels === 1 ? 0 : c)]!;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type, ...(quality !== undefined && { quality }) });
  return new Uint8Array(await blob.arrayBuffer());
}
