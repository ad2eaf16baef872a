// The original's transforms, byte for byte.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { RgbImage } from '../../data/images/images.ts';
import { forFigures, forWebapp } from './transforms.ts';

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly figures: string;
  readonly webapp: string;
}

const cases = JSON.parse(
  readFileSync(new URL('../../../fixtures/studies/transforms.json', import.meta.url), 'utf8'),
) as Golden[];

function draw(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (x * 7 + y * 13 + c * 29 + ((x * y) % 31) * 5) % 256;
  });
  return { width, height, data };
}

const sha = ({ data }: RgbImage): string => createHash('sha256').update(data).digest('hex');

it.each(cases)('makes the same pixels of $width × $height ones', (golden) => {
  const image = draw(golden.width, golden.height);
  expect(sha(forFigures(image))).toBe(golden.figures);
  expect(sha(forWebapp(image))).toBe(golden.webapp);
});
