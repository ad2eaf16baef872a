import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeGrey, decodeImage } from './decode.ts';
import type { Interpolation } from './resample-weights.ts';
import { cropRaster, type Raster, resizeRaster } from './resize.ts';

interface Case {
  channels: number;
  filter: Interpolation;
  width: number;
  height: number;
  sha256: string;
}
const cases: Case[] = JSON.parse(readFileSync('fixtures/images/expected.json', 'utf8')).resizes;

const sources = new Map<number, Raster>();
beforeAll(async () => {
  const path = 'fixtures/images/files/palette.png';
  const rgb = await decodeImage(path);
  const ink = new Uint8Array(rgb.width * rgb.height * 4);
  for (let i = 0; i < rgb.width * rgb.height; i++)
    for (let c = 0; c < 3; c++) ink[i * 4 + c] = 255 - rgb.data[i * 3 + c]!;
  sources.set(1, { ...(await decodeGrey(path)), channels: 1 });
  sources.set(3, { ...rgb, channels: 3 });
  sources.set(4, { ...rgb, channels: 4, data: ink }); // Pillow's CMYK without black
});

describe("resizing gives the bytes of Pillow's resize", () => {
  const kinds = new Map<string, Case[]>();
  for (const one of cases) {
    const kind = `${one.filter}, ${one.channels} channels`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  test.each([...kinds])('%s', (_, group) => {
    for (const { channels, filter, width, height, sha256 } of group) {
      const { data } = resizeRaster(sources.get(channels)!, {
        width,
        height,
        interpolation: filter,
      });
      expect([width, height, createHash('sha256').update(data).digest('hex')]).toEqual([
        width,
        height,
        sha256,
      ]);
    }
  });
});

const side = fc.integer({ min: 1, max: 30 });
const rasterOf = (min: number, max: number): fc.Arbitrary<Raster> =>
  fc.tuple(side, side, fc.constantFrom(1, 3, 4)).chain(([width, height, channels]) => {
    const length = width * height * channels;
    return fc
      .array(fc.integer({ min, max }), { minLength: length, maxLength: length })
      .map((data) => ({ width, height, channels, data: Uint8Array.from(data) }));
  });
// Not box: what lies on its hard edge is decided by rounding. The golden files cover it.
const smooth = fc.constantFrom<Interpolation>('bilinear', 'hamming', 'bicubic', 'lanczos');

test('resizing agrees with weighted means in floating point, to the last rounding', () => {
  const grey = rasterOf(80, 175); // no overshoot of a filter leaves 0 … 255, where the passes clip
  fc.assert(
    fc.property(grey, side, side, smooth, (image, width, height, interpolation) => {
      const { data } = resizeRaster(image, { width, height, interpolation });
      const across = slowWeights(image.width, width, interpolation);
      const down = slowWeights(image.height, height, interpolation);
      const reference = slowResize(image, across, down);
      const gain = Math.max(...[...across, ...down].map((row) => sumOf(row.map(Math.abs))));
      expect(data.length).toBe(reference.length);
      // Half a level of rounding in each pass, the first one's amplified by the second.
      for (let i = 0; i < data.length; i++)
        expect(Math.abs(data[i]! - reference[i]!)).toBeLessThan(0.5 + 0.5 * gain + 1e-3);
    }),
    { numRuns: 60 },
  );
});

test('a region of the result is the same as cutting it from the whole result', () => {
  const part = fc.tuple(
    fc.double({ min: 0, max: 0.99, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  const filter = fc.oneof(smooth, fc.constantFrom<Interpolation>('nearest', 'box'));
  fc.assert(
    fc.property(
      rasterOf(0, 255),
      side,
      side,
      filter,
      part,
      part,
      (image, width, height, interpolation, x, y) => {
        const left = Math.floor(x[0] * width);
        const top = Math.floor(y[0] * height);
        const region = {
          left,
          top,
          width: 1 + Math.floor(x[1] * (width - left - 1)),
          height: 1 + Math.floor(y[1] * (height - top - 1)),
        };
        const options = { width, height, interpolation };
        const whole = resizeRaster(image, options);
        expect(resizeRaster(image, { ...options, region })).toEqual(cropRaster(whole, region));
      },
    ),
    { numRuns: 100 },
  );
});

/** Two-dimensional weighted mean in float64, without fixed point and without rounding between the passes. */
function slowResize(image: Raster, across: number[][], down: number[][]): number[] {
  const out: number[] = [];
  for (const column of down)
    for (const row of across)
      for (let c = 0; c < image.channels; c++)
        out.push(
          sumOf(
            column.flatMap((wy, j) =>
              wy === 0
                ? []
                : row.map(
                    (wx, i) => wy * wx * image.data[(j * image.width + i) * image.channels + c]!,
                  ),
            ),
          ),
        );
  return out;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function slowWeights(inSize: number, outSize: number, interpolation: Interpolation): number[][] {
  const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  const filters: Record<string, [number, (x: number) => number]> = {
    bilinear: [1, (x) => 1 - Math.abs(x)],
    hamming: [1, (x) => sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))],
    bicubic: [
      2,
      (x) => {
        const d = Math.abs(x);
        return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
      },
    ],
    lanczos: [3, (x) => sinc(x) * sinc(x / 3)],
  };
  const [radius, at] = filters[interpolation]!;
  const scale = inSize / outSize;
  const stretch = Math.max(1, scale);
  return Array.from({ length: outSize }, (_, o) => {
    const weights = Array.from({ length: inSize }, (_, i) => {
      const x = (i + 0.5 - (o + 0.5) * scale) / stretch;
      return x > -radius && x <= radius ? at(x) : 0;
    });
    return weights.map((w) => w / sumOf(weights));
  });
}
