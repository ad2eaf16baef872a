import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityEncoder, memorySource } from '../../../test/helpers/memory-source.ts';
import { openFilesIn } from '../../../test/helpers/open-files.ts';
import { Random } from '../../base/random.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { type Collected, collectFeatures } from '../collecting/collector.ts';
import { openFeatureFile, writeFeatureFile } from './feature-file.ts';

const shape = { nExamples: 6, rowsPerExample: 4, dModel: 5 };
let folder: string;
let collected: Collected;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-features-'));
  const random = new Random(3);
  const acts = Float32Array.from({ length: 6 * 4 * 5 }, (_, i) =>
    i % 5 === 4 ? 0 : Math.max(0, random.normal()),
  );
  collected = await collectFeatures(memorySource(acts, shape), identityEncoder(5), {
    rankBy: 'sum',
    topK: 3,
    batchSize: 10,
    nDistributions: 2,
    bands: { bands: 4, perBand: 2, seed: 0 },
  });
});
afterEach(() => rm(folder, { recursive: true }));

const write = (): Promise<void> =>
  writeFeatureFile(folder, collected, { percentile: 90, key: { sae: 'x' } });
const path = (): string => join(folder, 'features.safetensors');

describe('feature file', () => {
  test('gives back what was collected', async () => {
    await write();
    const features = await openFeatureFile(folder);
    expect(features.meta).toMatchObject({
      dSae: 5,
      k: 3,
      nTokens: 4,
      nRows: 24,
      key: { sae: 'x' },
    });
    for (let latent = 0; latent < 5; latent++) {
      const list = collected.top.list(latent);
      expect(await features.top(latent)).toEqual(
        list.map((entry) => ({ ...entry, score: Math.fround(entry.score) })),
      );
      const bands = collected.bands!.bandsOf(latent, collected.max[latent]!);
      const counted = await features.bands(latent);
      expect(counted.map(({ count: _, ...band }) => band)).toEqual(bands);
      expect(bands.length).toBe(latent === 4 ? 0 : 4);
      const inBands = counted.reduce((sum, { count }) => sum + count, 0);
      expect(inBands).toBe(collected.count[latent]);
      const values = await features.values(latent);
      expect(values!.counts.reduce((a, b) => a + b, 0)).toBe(collected.count[latent]);
      expect(values!.high).toBe(collected.max[latent]);
      const counts = await features.histogram(latent);
      expect(counts.reduce((a, b) => a + b, 0)).toBe(collected.count[latent]);
    }
    expect(features.maxValues).toEqual(collected.max);
    expect((await features.distributions()).values).toEqual(collected.distributions.values);
    await features.close();
  });

  test('top values and images are read as the original has them, however many latents at a time', async () => {
    await write();
    const features = await openFeatureFile(folder);
    const values = await features.topValues(0, 5);
    expect(values).toHaveLength(5 * 3 * 4);
    const { map, example } = collected.top.list(2)[1]!;
    const dense = new Float32Array(4);
    map.token.forEach((t, i) => {
      dense[t] = map.value[i]!;
    });
    expect(values.subarray((2 * 3 + 1) * 4, (2 * 3 + 2) * 4)).toEqual(dense);
    expect(await features.topValues(2)).toEqual(values.subarray(24, 36));
    expect(await features.topValues(1, 3)).toEqual(values.subarray(12, 48));
    // A latent that never fired: 0 on whatever images.
    expect([...(await features.topValues(4))]).toEqual(new Array(12).fill(0));
    const images = await features.topImages(0, 5);
    expect(images[2 * 3 + 1]).toBe(BigInt(example));
    expect([...images.subarray(12)]).toEqual([0n, 1n, 2n]);
    for (let latent = 0; latent < 5; latent++) {
      const list = images.subarray(3 * latent, 3 * latent + 3);
      const listed = collected.top.list(latent).map(({ example }) => BigInt(example));
      expect([...list.subarray(0, listed.length)]).toEqual(listed);
      expect(new Set(list).size).toBe(3);
    }
    await expect(features.topValues(4, 2)).rejects.toThrow(RangeError);
    await features.close();
    const file = await openSafetensors(path());
    expect(file.tensors.has('top_values')).toBe(false);
    await file.close();
  });

  test('values of the best examples alone are kept where that is asked for', async () => {
    await writeFeatureFile(folder, collected, { percentile: 90, key: {}, nMaps: 2 });
    const features = await openFeatureFile(folder);
    expect(features.meta).toMatchObject({ k: 3, nMaps: 2 });
    for (let latent = 0; latent < 5; latent++) {
      const list = collected.top.list(latent);
      expect(await features.top(latent)).toEqual(
        list.slice(0, 2).map((entry) => ({ ...entry, score: Math.fround(entry.score) })),
      );
      expect([...(await features.examples(latent))]).toEqual(list.map(({ example }) => example));
    }
    await expect(features.topValues(0)).rejects.toThrow('holds the values of 2 of the 3 examples');
    expect(await features.topImages(0, 5)).toHaveLength(15);
    await features.close();
  });

  test('a dead latent has no mean value, and an empty list', async () => {
    await write();
    const features = await openFeatureFile(folder);
    expect(features.meanValues[4]).toBeNaN();
    expect(features.sparsity[4]).toBe(0);
    expect(await features.top(4)).toEqual([]);
    await features.close();
  });

  test('missing, truncated, foreign and damaged files get one sentence', async () => {
    await expect(openFeatureFile(folder)).rejects.toThrow(/^missing safetensors file/);
    await write();
    const bytes = await readFile(path());
    await truncate(path(), bytes.length - 100);
    await expect(openFeatureFile(folder)).rejects.toThrow(/truncated/);
    await writeFile(path(), 'hello world');
    await expect(openFeatureFile(folder)).rejects.toThrow(/^invalid safetensors file/);
    await writeSafetensors(path(), []);
    await expect(openFeatureFile(folder)).rejects.toThrow('was not written by this program');
    for (const [visuals, message] of [
      ['{', 'not JSON'],
      ['{"version": 99}', 'version 99'],
      ['{"version": 2}', 'incomplete'],
      [
        '{"version":2,"key":{},"dSae":2,"k":1,"nMaps":1,"nExamples":1,"nTokens":1,"nRows":1}',
        "'sparsity'",
      ],
    ] as const) {
      await writeSafetensors(path(), [], { metadata: { visuals } });
      await expect(openFeatureFile(folder)).rejects.toThrow(message);
    }
  });

  test('is opened once, and left closed, whether it is good or damaged', async () => {
    await write();
    const features = await openFeatureFile(folder);
    expect((await openFilesIn(folder)) ?? [path()]).toEqual([path()]);
    await features.close();
    expect((await openFilesIn(folder)) ?? []).toEqual([]);
    const bytes = await readFile(path());
    await writeFile(path(), bytes.subarray(0, 2000));
    await expect(openFeatureFile(folder)).rejects.toThrow();
    await writeSafetensors(path(), [], { metadata: { visuals: '{"version": 2}' } });
    await expect(openFeatureFile(folder)).rejects.toThrow();
    expect((await openFilesIn(folder)) ?? []).toEqual([]);
  });

  test('bands whose bounds point outside the samples are refused', async () => {
    await write();
    const bytes = await readFile(path());
    const file = await openSafetensors(path());
    bytes.writeBigInt64LE(10n ** 9n, file.tensors.get('band.start')!.offset + 8);
    await file.close();
    await writeFile(path(), bytes);
    const features = await openFeatureFile(folder);
    await expect(features.bands(0)).rejects.toThrow('invalid band samples');
    await features.close();
  });

  test('a file without bands gives none', async () => {
    collected = { ...collected, bands: undefined };
    await write();
    const features = await openFeatureFile(folder);
    expect(await features.bands(0)).toEqual([]);
    expect(await features.values(0)).toBeUndefined();
    await features.close();
  });

  test('lists whose bounds point outside the maps are refused', async () => {
    await write();
    const bytes = await readFile(path());
    const file = await openSafetensors(path());
    const [start, length] = ['map.start', 'map.length'].map((name) => file.tensors.get(name)!);
    await file.close();
    const damaged = Buffer.from(bytes);
    damaged.writeBigInt64LE(10n ** 9n, start!.offset + 8);
    await writeFile(path(), damaged);
    await expect(openFeatureFile(folder)).rejects.toThrow('invalid heat maps');
    bytes[length!.offset]! += 1;
    await writeFile(path(), bytes);
    const features = await openFeatureFile(folder);
    await expect(features.top(0)).rejects.toThrow('invalid heat maps of latent 0');
    await features.close();
  });
});
