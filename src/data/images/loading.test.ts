import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadImageError } from './decode.ts';
import type { ImageDataset, RgbImage } from './images.ts';
import { type LoadedImage, type LoadOptions, loadImages, range } from './loading.ts';

/** Images of one pixel that carry their own number, some of them broken, each taking its own time. */
function numbered(length: number, bad: ReadonlySet<number> = new Set(), delays: number[] = [0]) {
  const state = { running: 0, most: 0, started: 0 };
  const dataset: ImageDataset = {
    length,
    classes: ['one'],
    entry: (index) => ({ index, source: `#${index}`, target: 0, label: 'one' }),
    async image(index) {
      state.started++;
      state.most = Math.max(state.most, ++state.running);
      await sleep(delays[index % delays.length]);
      state.running--;
      if (bad.has(index)) throw new BadImageError(`#${index}`, 'it is broken');
      return { width: 1, height: 1, data: Uint8Array.of(index >> 8, index & 255, 0) };
    },
    close: async () => {},
  };
  return { dataset, state };
}

const transform = ({ data }: RgbImage) => Float32Array.of(data[0]! * 256 + data[1]!);

async function collect(dataset: ImageDataset, options: Partial<LoadOptions> = {}) {
  const items: LoadedImage[] = [];
  for await (const item of loadImages(dataset, { transform, ...options })) items.push(item);
  return items;
}

test('each index keeps its own pixels, whatever is broken, slow or out of order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(39), { maxLength: 8 }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat(39), { maxLength: 60 }),
      async (length, broken, delays, concurrency, wanted) => {
        const bad = new Set(broken);
        const indices = wanted.filter((i) => i < length);
        const { dataset, state } = numbered(length, bad, delays);
        const items = await collect(dataset, { indices, concurrency, onBad: 'skip' });
        expect(items.map(({ index }) => index)).toEqual(indices);
        for (const { index, pixels, bad: reason } of items) {
          if (bad.has(index)) expect(reason).toContain(`'#${index}'`);
          else expect([...pixels!]).toEqual([index]);
        }
        expect(state.most).toBeLessThanOrEqual(concurrency);
      },
    ),
    { numRuns: 40 },
  );
});

test('all images come in order when none are named', async () => {
  const items = await collect(numbered(300).dataset);
  expect(items.map(({ pixels }) => pixels![0])).toEqual([...range(0, 300)]);
});

test('a broken image stops the job in its turn, with its name', async () => {
  const { dataset, state } = numbered(100, new Set([5]), [3, 0]);
  const seen: number[] = [];
  const run = async () => {
    for await (const { index } of loadImages(dataset, { transform, concurrency: 4 }))
      seen.push(index);
  };
  await expect(run()).rejects.toThrow(/'#5': it is broken/);
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(state).toMatchObject({ running: 0, started: 9 });
});

test('an error that is not about the image stops the job even when bad images are skipped', async () => {
  const { dataset } = numbered(10);
  const broken = { ...dataset, image: () => Promise.reject(new Error('the network is gone')) };
  await expect(collect(broken, { onBad: 'skip' })).rejects.toThrow(/network is gone/);
});

test('no more images are started than the reader is behind', async () => {
  const { dataset, state } = numbered(100);
  const images = loadImages(dataset, { transform, concurrency: 3 });
  await images.next();
  await sleep(10);
  expect(state.started).toBe(4);
  await images.return();
  expect(state).toMatchObject({ started: 4, running: 0 });
});

test('an abort ends the loading with its reason', async () => {
  const { dataset, state } = numbered(1000, new Set(), [1]);
  const controller = new AbortController();
  const run = async () => {
    for await (const { index } of loadImages(dataset, { transform, signal: controller.signal }))
      if (index === 3) controller.abort(new Error('enough'));
  };
  await expect(run()).rejects.toThrow('enough');
  expect(state.started).toBeLessThan(100);
});

test('a transform given as data is applied', async () => {
  const { dataset } = numbered(2);
  const items = await collect(dataset, {
    transform: {
      interpolation: 'bilinear',
      scale: 'divide',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      resize: { to: 'exact', width: 2, height: 1 },
    },
  });
  expect(items[1]!.pixels).toBeClose([0, 0, 1 / 255, 1 / 255, 0, 0]);
});
