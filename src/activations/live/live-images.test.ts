import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arithmeticBackbone,
  imagePixels,
  smallImages,
  smallLiveImages,
} from '../../../test/helpers/activation-data.ts';
import { Random } from '../../base/random.ts';
import type { ActivationBatch, BatchOptions } from '../types.ts';
import { type LiveImagesOptions, liveImages } from './live-images.ts';
import type { LiveSource } from './live-source.ts';
import { MixingBuffer } from './mixing-order.ts';

const N = 30;

const options = (changes: Partial<LiveImagesOptions> = {}): LiveImagesOptions =>
  smallLiveImages(N, changes);

async function collect(source: LiveSource, batch: BatchOptions): Promise<ActivationBatch[]> {
  const batches: ActivationBatch[] = [];
  for await (const one of source.batches(batch)) batches.push(one);
  return batches;
}

const rowNames = (batches: readonly ActivationBatch[]): string[] =>
  batches.flatMap(({ acts, exampleIndex, tokenIndex }) =>
    Array.from(exampleIndex, (example, i) => `${example}:${tokenIndex[i]}:${acts[i * 4]}`),
  );

/** Patch `token` of image `example` as the arithmetic backbone computes it: CLS and a register come first. */
const allRows = Array.from({ length: N * 4 }, (_, i) => {
  const example = Math.floor(i / 4);
  return `${example}:${i % 4}:${example + (i % 4) + 2}`;
});

describe('a live source', () => {
  test('gives every row once: in order, or mixed by the seed alone', async () => {
    const source = await liveImages(options());
    expect(source).toMatchObject({ length: 120, nExamples: N, rowsPerExample: 4, dModel: 4 });
    expect(rowNames(await collect(source, { batchSize: 7 }))).toEqual(allRows);
    const mixed = rowNames(await collect(source, { batchSize: 7, shuffleSeed: 1 }));
    expect(mixed).not.toEqual(allRows);
    expect(mixed.toSorted()).toEqual(allRows.toSorted());
    const slower = await liveImages(options({ batchImages: 1 }));
    expect(rowNames(await collect(slower, { batchSize: 50, shuffleSeed: 1 }))).toEqual(mixed);
    expect(rowNames(await collect(source, { batchSize: 7, shuffleSeed: 2 }))).not.toEqual(mixed);
  });

  test('resumes at any batch', async () => {
    const source = await liveImages(options());
    const random = fc.record({
      batchSize: fc.integer({ min: 1, max: 50 }),
      skipBatches: fc.integer({ min: 0, max: 20 }),
      shuffleSeed: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      dropLast: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ skipBatches, ...rest }) => {
        const whole = await collect(source, rest);
        expect(await collect(source, { ...rest, skipBatches })).toEqual(whole.slice(skipBatches));
      }),
      { numRuns: 15 },
    );
  });

  test('resuming runs only the images that are still needed', async () => {
    const backbone = arithmeticBackbone();
    const source = await liveImages(options({ backbone }));
    backbone.batches.length = 0;
    await collect(source, { batchSize: 10, shuffleSeed: 1, skipBatches: 11 });
    const images = backbone.batches.reduce((a, b) => a + b, 0);
    expect(images).toBeLessThanOrEqual(10);
  });

  test('broken images give no rows, and are known afterwards', async () => {
    const source = await liveImages(
      options({
        images: async function* (indices) {
          for (const index of indices) {
            yield* smallImages(index + 1, index, [4, 17]);
          }
        },
      }),
    );
    const rows = rowNames(await collect(source, { batchSize: 9, shuffleSeed: 1 }));
    const good = allRows.filter((name) => !/^(4|17):/.test(name));
    expect(rows.toSorted()).toEqual(good.toSorted());
    expect(source.absent).toEqual([4, 17]);
    expect(source.length).toBe(28 * 4);
    const whole = await collect(source, { batchSize: 9, shuffleSeed: 5 });
    const rest = await collect(source, { batchSize: 9, shuffleSeed: 5, skipBatches: 6 });
    expect(rest).toEqual(whole.slice(6));
    await expect(source.exampleRows(4)).rejects.toThrow('image 4 is broken');
  });

  test('scales as shards do: mean zero, mean norm √dModel', async () => {
    const source = await liveImages(options({ scaleMean: true, scaleNorm: true }));
    const batches = await collect(source, { batchSize: 120 });
    const acts = batches[0]!.acts;
    let norm = 0;
    let sum = 0;
    for (let i = 0; i < acts.length; i += 4) {
      norm += Math.hypot(...acts.subarray(i, i + 4)) / 120;
      sum += acts[i]!;
    }
    expect(norm).toBeCloseTo(2, 5);
    expect(sum).toBeCloseTo(0, 3);
    const sampled = await liveImages(
      options({ scaleMean: true, scaleNorm: true, nRandomSamples: 16 }),
    );
    expect(sampled.scaling.scalar).not.toBe(source.scaling.scalar);
    const fromBefore = await liveImages(options({ scaling: source.scaling }));
    expect(await collect(fromBefore, { batchSize: 120 })).toEqual(batches);
  });

  test('pools patches and layers', async () => {
    const source = await liveImages(
      options({ layer: 'meanpool', layers: [0, -1], patches: 'meanpool' }),
    );
    // Layer factors 1 and 3, patch tokens 2 to 5.
    expect((await source.exampleRows(3))[0]).toBe(2 * 3 + 3.5);
    expect(source.rowsPerExample).toBe(1);
    await expect(liveImages(options({ layer: 'all' }))).rejects.toThrow('missing layers');
  });

  test('stops at NaN, at errors of the images, and when aborted', async () => {
    const broken = arithmeticBackbone({ broken: (image) => image[0] === 12 });
    const source = await liveImages(options({ backbone: broken }));
    await expect(collect(source, { batchSize: 5, shuffleSeed: 0 })).rejects.toThrow('image 12');
    const failing = await liveImages(
      options({
        images: async function* (indices) {
          for (const index of indices) {
            if (index === 9) throw new Error('no such file');
            yield { index, pixels: imagePixels(index) };
          }
        },
      }),
    );
    await expect(collect(failing, { batchSize: 5, shuffleSeed: 0 })).rejects.toThrow(
      'no such file',
    );
    const controller = new AbortController();
    const aborted = await liveImages(options());
    const reading = (async () => {
      for await (const _ of aborted.batches({
        batchSize: 5,
        shuffleSeed: 0,
        signal: controller.signal,
      })) {
        controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('the mixing buffer', () => {
  test('never gives a slot that is not in use, nor one twice', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (steps) => {
        const buffer = new MixingBuffer(8, new Random(1));
        const used = new Set<number>();
        for (const add of steps) {
          if (add && buffer.size < 8) {
            const slot = buffer.add();
            expect(used.has(slot)).toBe(false);
            used.add(slot);
          } else if (!add && buffer.size > 0) {
            const slot = buffer.take();
            expect(used.delete(slot)).toBe(true);
          }
          expect(buffer.size).toBe(used.size);
        }
        expect(new Set(buffer.used)).toEqual(used);
      }),
    );
    expect(() => new MixingBuffer(1, new Random(0)).take()).toThrow('empty');
  });
});
