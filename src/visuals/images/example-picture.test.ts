import { createHash } from 'node:crypto';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { applyGeometry, type ImageTransform } from '../../data/images/transform.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { drawExample } from './example-picture.ts';
import { pagePicture } from './page-picture.ts';

const golden = await openSafetensors('fixtures/visuals/heatmaps.safetensors');
const { shape, data } = await golden.read('make_img.image');
const image = { width: shape[1]!, height: shape[0]!, data: data as Uint8Array };

/** What the original cuts, whatever the model saw. */
const ORIGINAL: ImageTransform = {
  resize: { to: 'exact', width: 512, height: 512 },
  interpolation: 'bicubic',
  crop: { width: 448, height: 448 },
  scale: 'divide',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

test('an example cut as the original cuts it equals its picture, byte for byte', async () => {
  const values = await golden.readFloat32('make_img.patches');
  const out = drawExample(image, { view: ORIGINAL, values, upper: 1.25 });
  const corner = (await golden.read('make_img.corner')).data as Uint8Array;
  for (let y = 0; y < 48; y++) {
    const row = out.data.subarray(y * 448 * 3, (y * 448 + 48) * 3);
    expect([...row]).toEqual([...corner.subarray(y * 144, (y + 1) * 144)]);
  }
  const digest = createHash('sha256').update(out.data).digest();
  const expected = (await golden.read('make_img.sha256')).data as Uint8Array;
  expect([...digest]).toEqual([...expected]);
});

test('an example of one token has no heat map', () => {
  const plain = drawExample(image, { view: ORIGINAL, upper: 1 });
  const dark = drawExample(image, { view: ORIGINAL, values: new Float32Array(4), upper: 1 });
  expect(Buffer.compare(plain.data, dark.data)).toBe(0);
  expect([plain.width, plain.height]).toEqual([448, 448]);
});

/** A dark image with one bright rectangle, all in parts of its size. */
function spot(width: number, height: number, [left, top, size]: readonly number[]): RgbImage {
  const data = new Uint8Array(width * height * 3).fill(20);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width - left!, y / height - top!];
      if (u >= 0 && u < size! && v >= 0 && v < size!)
        data.fill(240, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return { width, height, data };
}

/** Mean of the first channel in each of `side × side` cells. */
function cells({ width, height, data }: RgbImage, side: number): number[] {
  const sums = new Float64Array(side * side);
  const counts = new Float64Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * side) / height) * side + Math.floor((x * side) / width);
      sums[cell]! += data[3 * (y * width + x)]!;
      counts[cell]!++;
    }
  }
  return Array.from(sums, (sum, i) => sum / counts[i]!);
}

const part = fc.double({ min: 0, max: 0.85, noNaN: true });
const anySpot = fc.tuple(
  fc.integer({ min: 90, max: 400 }),
  fc.integer({ min: 90, max: 400 }),
  fc.tuple(part, part, fc.double({ min: 0.15, max: 0.6, noNaN: true })),
);

describe.each(VISION_FAMILIES.map(({ name, view }) => [name, view] as const))(
  '%s',
  (name, view) => {
    const side = { clip: 14, siglip: 27, dinov2: 16, moondream2: 27, world: 8 }[name];

    test('each patch of a picture shows what the model saw there, and its heat lies on it', () => {
      fc.assert(
        fc.property(anySpot, ([width, height, place]) => {
          const drawn = spot(width, height, place);
          const seen = cells(applyGeometry(drawn, view), side);
          const plain = drawExample(drawn, {
            view,
            values: new Float32Array(side * side),
            upper: 1,
          });
          expect(plain.width % side).toBe(0);
          const shown = cells(plain, side);
          seen.forEach((brightness, i) => {
            expect(Math.abs(shown[i]! - brightness), `patch ${i}`).toBeLessThan(40);
          });
          // Heat on the brightest patch changes the pixels of that patch and no others.
          const peak = seen.indexOf(Math.max(...seen));
          const values = new Float32Array(side * side);
          values[peak] = 1;
          const heated = drawExample(drawn, { view, values, upper: 1 });
          const size = plain.width / side;
          const [left, top] = [(peak % side) * size, Math.floor(peak / side) * size];
          for (let p = 0; p < plain.width * plain.height; p++) {
            const [x, y] = [p % plain.width, Math.floor(p / plain.width)];
            const isInside = x >= left && x < left + size && y >= top && y < top + size;
            // The far edge of a rectangle belongs to it, as in Pillow.
            const isEdge = x === left + size || y === top + size;
            if (isEdge || isInside) continue;
            if (heated.data[3 * p] !== plain.data[3 * p])
              throw new Error(`pixel ${x} ${y} is heated`);
          }
          expect(heated.data[3 * ((top + 1) * plain.width + left + 1)]).not.toBe(20);
        }),
        { numRuns: 8 },
      );
    });

    test('the picture of the page shows the same', async () => {
      const drawn = spot(400, 250, [0.1, 0.2, 0.3]);
      const seen = cells(applyGeometry(drawn, view), side);
      const { data, info } = await sharp(await pagePicture(drawn, view))
        .raw()
        .toBuffer({ resolveWithObject: true });
      const shown = cells({ ...info, data }, side);
      seen.forEach((brightness, i) => {
        expect(Math.abs(shown[i]! - brightness), `patch ${i}`).toBeLessThan(40);
      });
    });
  },
);
