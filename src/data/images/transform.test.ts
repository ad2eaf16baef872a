import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dinov2Transform } from '../../backbones/vision/families/dinov2.ts';
import { moondream2Transform } from '../../backbones/vision/families/moondream2.ts';
import { worldTransform } from '../../backbones/vision/families/world.ts';
import { openClipTransform } from '../../backbones/vision/open-clip/open-clip-transform.ts';
import { UserError } from '../../base/errors.ts';
import { decodeImage } from './decode.ts';
import {
  applyGeometry,
  applyTransform,
  type ImageTransform,
  planGeometry,
  roundHalfEven,
} from './transform.ts';

interface Expected {
  width: number;
  height: number;
  bytes: string;
  floats: { at: number[]; values: number[]; sha256: string };
}
const images: Record<string, { transforms: Record<string, Expected | null> }> = JSON.parse(
  readFileSync('fixtures/images/expected.json', 'utf8'),
).images;

const half: [number, number, number] = [0.5, 0.5, 0.5];
const transforms: Record<string, ImageTransform> = {
  clip: openClipTransform({ size: 224 }),
  'clip-bilinear': openClipTransform({ size: 96, interpolation: 'bilinear' }),
  'clip-longest': openClipTransform({ size: 112, resizeMode: 'longest', fillColor: 127 }),
  'clip-oblong': openClipTransform({ size: [80, 120], interpolation: 'bilinear' }),
  siglip: openClipTransform({ size: 160, mean: half, std: half, resizeMode: 'squash' }),
  dinov2: dinov2Transform(),
  moondream2: moondream2Transform(),
};
const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe.each(Object.entries(transforms))(
  '%s prepares images as its Python library does',
  (name, transform) => {
    test.each(Object.entries(images))('%s', async (file, { transforms: wanted }) => {
      const image = await decodeImage(`fixtures/images/files/${file}`);
      const expected = wanted[name];
      if (expected === null || expected === undefined) {
        expect(() => applyTransform(image, transform)).toThrow(/shrinks to nothing/);
        return;
      }
      const cut = applyGeometry(image, transform);
      expect([cut.width, cut.height]).toEqual([expected.width, expected.height]);
      expect(sha(cut.data)).toBe(expected.bytes);
      const floats = applyTransform(image, transform);
      expect(expected.floats.at.map((i) => floats[i]!)).toBeClose(expected.floats.values, {
        relative: 0,
        absolute: 1e-6,
      });
      expect(sha(new Uint8Array(floats.buffer))).toBe(expected.floats.sha256); // in fact they are equal
    });
  },
);

test('an image of the world goes through unchanged, to [−1, 1]', () => {
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i);
  const image = { width: 64, height: 64, data };
  expect(applyGeometry(image, worldTransform()).data).toEqual(data);
  const floats = applyTransform(image, worldTransform());
  expect(floats[0]).toBe(-1);
  expect(floats[85]).toBe(1); // red of pixel 85: byte 255
});

test('a transform without resize and crop keeps every pixel', () => {
  const image = { width: 5, height: 3, data: Uint8Array.from({ length: 45 }, (_, i) => i) };
  const keep: ImageTransform = {
    interpolation: 'bilinear',
    scale: 'divide',
    mean: [0, 0, 0],
    std: [1, 1, 1],
  };
  const floats = applyTransform(image, keep);
  expect(floats[15 + 2]).toBeCloseTo(7 / 255, 7); // green of pixel 2
});

test('the crop lies inside the resized image or the image inside the crop, centred', () => {
  const size = fc.record({
    width: fc.integer({ min: 1, max: 900 }),
    height: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(size, fc.constantFrom(...Object.values(transforms)), (image, transform) => {
      let plan: ReturnType<typeof planGeometry>;
      try {
        plan = planGeometry(image, transform);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        return;
      }
      const { resized, crop } = plan;
      for (const [full, at, length] of [
        [resized.width, crop.left, crop.width],
        [resized.height, crop.top, crop.height],
      ] as const) {
        const after = full - at - length;
        expect(Math.abs(at - after)).toBeLessThanOrEqual(1);
        expect(at >= 0 === after >= 0 || at + after === -1).toBe(true);
      }
    }),
  );
});

test('halves are rounded to the even neighbour', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 3, 76.5].map(roundHalfEven)).toEqual([
    0, 2, 2, 0, -2, 2, 3, 76,
  ]);
});
