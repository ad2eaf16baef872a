// The odd kinds of images against Pillow and the `datasets` library; fixtures/images/make_odd.py.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BadImageError, decodeImage } from './decode.ts';

type Golden = readonly [width: number, height: number, hash: string];
const images: Record<string, { bytes: string; pillow: Golden | null; datasets: Golden | null }> =
  JSON.parse(readFileSync('fixtures/images/odd.json', 'utf8'));

/** Kinds that Pillow reads, and that are refused by name. */
const REFUSED = [/Lab\.tif$/, /YCbCr\.tif$/, /RGB of 16 bits in planes\.tif$/];

async function decoded(bytes: Uint8Array, isUpright: boolean): Promise<Golden> {
  const { width, height, data } = await decodeImage(bytes, 'image', { upright: isUpright });
  return [width, height, createHash('sha256').update(data).digest('hex').slice(0, 32)];
}

test.each(Object.entries(images))('%s', async (name, { bytes: text, pillow, datasets }) => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  if (pillow === null || REFUSED.some((kind) => kind.test(name))) {
    await expect(decodeImage(bytes)).rejects.toThrow(/unsupported TIFF: .* of \d+ bits/);
    await expect(decodeImage(bytes)).rejects.toThrow(BadImageError);
    return;
  }
  expect(await decoded(bytes, false)).toEqual(pillow);
  expect(await decoded(bytes, true)).toEqual(datasets);
});
