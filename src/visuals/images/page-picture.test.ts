import sharp from 'sharp';
import { expect, test } from 'vitest';
import { viewOf } from '../../backbones/vision/open.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { pagePicture } from './page-picture.ts';

/** Left third red, middle green, right third blue. */
function flag(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    data[i * 3 + Math.floor((3 * (i % width)) / width)] = 255;
  return { width, height, data };
}

test.each([
  ['clip', 900, 300, 256],
  ['siglip', 900, 300, 256],
  ['dinov2', 900, 200, 175],
  ['moondream2', 900, 300, 256],
  ['world', 64, 64, 128],
  ['clip', 3000, 2000, 256],
  ['clip', 40, 30, 128],
])(
  'a picture for %s of %i × %i pixels is %i pixels square',
  async (family, width, height, side) => {
    const jpeg = await pagePicture(flag(width, height), viewOf(family));
    const found = await sharp(jpeg).metadata();
    expect([found.format, found.width, found.height]).toEqual(['jpeg', side, side]);
  },
);

test('a model that crops is shown the middle, one that squashes the whole', async () => {
  const corner = async (family: string): Promise<number[]> => {
    const jpeg = await pagePicture(flag(900, 300), viewOf(family));
    const { data } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    return [...data.subarray(0, 3)].map((v) => (v > 128 ? 1 : 0));
  };
  expect(await corner('clip')).toEqual([0, 1, 0]);
  expect(await corner('siglip')).toEqual([1, 0, 0]);
});
