import { readFileSync } from 'node:fs';
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  exactValues,
  smallMetadata,
  writeSmallShards,
} from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { writeNpy } from '../../formats/numpy/npy.ts';
import { parseMetadata } from '../shards/metadata.ts';
import { openShardWriter } from '../shards/shard-writer.ts';
import type { ActivationBatch } from '../types.ts';
import { openActivations, type ReadOptions } from './shard-source.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/activations/', import.meta.url));

interface Read {
  options: {
    patches: 'cls' | 'patches' | 'meanpool';
    layer: number | 'meanpool';
    clamp?: number;
    scale_mean?: boolean;
    scale_norm?: boolean;
    n_random_samples?: number;
  };
  acts: number[][];
  image_i: number[];
  patch_i: number[];
  mean: number[];
  scalar: number;
}

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  reads: Read[];
  protocol_21: { metadata: string };
};

const unscaled: ReadOptions = { scaleMean: false, scaleNorm: false };

async function collect(batches: AsyncIterable<ActivationBatch>): Promise<{
  acts: number[];
  exampleIndex: number[];
  tokenIndex: number[];
}> {
  const acts: number[] = [];
  const exampleIndex: number[] = [];
  const tokenIndex: number[] = [];
  for await (const batch of batches) {
    acts.push(...batch.acts);
    exampleIndex.push(...batch.exampleIndex);
    tokenIndex.push(...batch.tokenIndex);
  }
  return { acts, exampleIndex, tokenIndex };
}

describe('shards that Python wrote', () => {
  test.each(expected.reads.map((read) => [JSON.stringify(read.options), read] as const))(
    'give the rows of its Dataset: %s',
    async (_, read) => {
      const { patches, layer, clamp, scale_mean, scale_norm, n_random_samples } = read.options;
      const source = await openActivations(join(fixtures, 'python-shards'), {
        patches,
        layer,
        clamp,
        scaleMean: scale_mean,
        scaleNorm: scale_norm,
        nRandomSamples: n_random_samples,
      });
      const rows = await collect(source.batches({ batchSize: 5 }));
      const isExact = patches === 'patches' && scale_mean === false;
      const tolerance = isExact ? { relative: 0, absolute: 0 } : { relative: 1e-6, absolute: 1e-6 };
      expect(rows.acts).toBeClose(read.acts.flat(), tolerance);
      expect(rows.exampleIndex).toEqual(read.image_i);
      expect(rows.tokenIndex).toEqual(read.patch_i);
      expect(source.length).toBe(read.acts.length);
      expect(source.scaling.mean ?? new Float32Array(6)).toBeClose(read.mean, {
        relative: 1e-6,
        absolute: 1e-6,
      });
      expect(source.scaling.scalar).toBeCloseTo(read.scalar, 6);
      for (const i of [0, read.acts.length - 1]) {
        const { act, exampleIndex, tokenIndex } = await source.row(i);
        expect(act).toBeClose(read.acts[i]!, tolerance);
        expect([exampleIndex, tokenIndex]).toEqual([read.image_i[i], read.patch_i[i]]);
      }
      await source.close();
    },
  );

  test('mean and scale are both taken from the files that torch saved', async () => {
    const source = await openActivations(join(fixtures, 'python-shards'), {
      layer: 11,
      scaleMean: join(fixtures, 'mean.pt'),
      scaleNorm: join(fixtures, 'scalar.pt'),
    });
    const read = expected.reads.find(
      ({ options }) => options.layer === 11 && options.patches === 'patches',
    )!;
    expect([...source.scaling.mean!]).toEqual(read.mean);
    expect(source.scaling.scalar).toBe(read.scalar);
    const { acts } = await collect(source.batches({ batchSize: 100 }));
    expect(acts).toEqual(read.acts.flat());
    await source.close();
  });
});

describe('every combination of patches and layers', () => {
  const nTokens = 4;
  const groups = (all: number[], mean: boolean) => (mean ? [all] : all.map((i) => [i]));

  test.each(
    (['cls', 'patches', 'meanpool', 'all'] as const).flatMap((patches) =>
      ([-1, 'all', 'meanpool'] as const).map((layer) => ({ patches, layer })),
    ),
  )('$patches × $layer', async ({ patches, layer }) => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder, acts } = await writeSmallShards(dumpTo);
      const source = await openActivations(folder, { patches, layer, ...unscaled });
      const tokens = groups(
        { cls: [0], patches: [1, 2, 3], meanpool: [1, 2, 3], all: [0, 1, 2, 3] }[patches],
        patches === 'meanpool',
      );
      const layers = groups(layer === -1 ? [1] : [0, 1], layer === 'meanpool');
      const rows: number[] = [];
      const tokenIndex: number[] = [];
      for (let image = 0; image < 7; image++) {
        for (const ls of layers) {
          for (const ts of tokens) {
            tokenIndex.push(patches === 'meanpool' ? -1 : ts[0]! - 1);
            for (let j = 0; j < 4; j++) {
              const values = ls.flatMap((l) =>
                ts.map((t) => acts[((image * 2 + l) * nTokens + t) * 4 + j]!),
              );
              rows.push(values.reduce((a, b) => a + b, 0) / values.length);
            }
          }
        }
      }
      const read = await collect(source.batches({ batchSize: 4 }));
      expect(read.acts).toBeClose(rows, { relative: 1e-7, absolute: 1e-9 });
      expect(read.tokenIndex).toEqual(tokenIndex);
      expect(source.length).toBe(tokenIndex.length);
      expect(source.rowsPerExample * 7).toBe(source.length);
      // Random access agrees with reading through.
      for (const i of [0, 1, source.length - 1]) {
        const row = await source.row(i);
        expect([...row.act]).toEqual(read.acts.slice(i * 4, i * 4 + 4));
        expect(row.exampleIndex).toBe(read.exampleIndex[i]);
      }
      const example = await source.exampleRows(4);
      const start = 4 * source.rowsPerExample * 4;
      expect([...example]).toEqual(read.acts.slice(start, start + example.length));
      await source.close();
    });
  });

  test('without CLS the patches begin at token 0', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata({ hasCls: false, maxTokensPerShard: 13 });
      const { folder, acts } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { layer: -2, ...unscaled });
      expect([...(await source.row(0)).act]).toEqual([...acts.subarray(0, 4)]);
      expect([...(await source.row(20)).act]).toEqual([...acts.subarray(6 * 24 + 8, 6 * 24 + 12)]);
      await source.close();
      await expect(openActivations(folder, { patches: 'cls' })).rejects.toThrow('missing CLS');
    });
  });
});

test('examples that are held out give no rows, and can be read all the same', async () => {
  await inTemporaryFolder(async (dumpTo) => {
    const { folder, acts } = await writeSmallShards(dumpTo);
    const source = await openActivations(folder, { patches: 'cls', heldOut: 3, ...unscaled });
    expect(source).toMatchObject({ nExamples: 7, heldOut: 3, length: 4 });
    for (const shuffleSeed of [undefined, 1]) {
      const read = await collect(source.batches({ batchSize: 3, shuffleSeed }));
      expect(read.exampleIndex.toSorted()).toEqual([3, 4, 5, 6]);
    }
    expect([...(await source.row(0)).act]).toEqual([...acts.subarray(0, 4)]);
    await source.close();
  });
});

describe('scaling', () => {
  test('mean and norm are those of the sampled rows', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo);
      const source = await openActivations(folder, { layer: 'all', patches: 'all' });
      const { acts } = await collect(source.batches({ batchSize: 1000 }));
      let norm = 0;
      const sum = [0, 0, 0, 0];
      for (let i = 0; i < acts.length; i += 4) {
        norm += Math.hypot(...acts.slice(i, i + 4)) / (acts.length / 4);
        for (let j = 0; j < 4; j++) sum[j]! += acts[i + j]!;
      }
      expect(norm).toBeCloseTo(2, 5);
      for (const value of sum) expect(value).toBeCloseTo(0, 4);
      await source.close();
    });
  });

  test('a small sample is the same every time, and another for another seed', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata({ nExamples: 200, maxTokensPerShard: 400 });
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const scalingOf = async (nRandomSamples: number, sampleSeed?: number) => {
        const source = await openActivations(folder, { nRandomSamples, sampleSeed });
        await source.close();
        return [...source.scaling.mean!, source.scaling.scalar];
      };
      // 50 of 600 rows are fetched one by one, 400 are picked while reading through.
      for (const n of [50, 400]) {
        expect(await scalingOf(n)).toEqual(await scalingOf(n));
        expect(await scalingOf(n, 1)).not.toEqual(await scalingOf(n));
      }
      expect(await scalingOf(599)).toBeClose(await scalingOf(600), {
        relative: 0.1,
        absolute: 0.1,
      });
    });
  });

  test('scaling given outright is used as it is', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder, acts } = await writeSmallShards(dumpTo);
      const scaling = { clamp: 3, mean: Float32Array.of(1, 2, 3, 4), scalar: 2 };
      const source = await openActivations(folder, { patches: 'cls', layer: -2, scaling });
      const { act } = await source.row(1);
      const clamped = [...acts.subarray(32, 36)].map((x) => Math.max(-3, Math.min(3, x)));
      expect([...act]).toEqual(clamped.map((x, j) => (x - (j + 1)) / 2));
      await source.close();
    });
  });

  test('a mean of another width, an empty scale and abnormal activations are refused', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo);
      const path = join(dumpTo, 'mean.npy');
      await writeNpy(path, { dtype: 'F32', shape: [5], data: new Float32Array(5) });
      await expect(openActivations(folder, { scaleMean: path })).rejects.toThrow('expected 4');
      await expect(openActivations(folder, { scaleNorm: path })).rejects.toThrow('holds 5 numbers');
      await expect(openActivations(folder, { scaleMean: 'mean.txt' })).rejects.toThrow(
        'unsupported',
      );
      await expect(openActivations(folder, { clamp: 0 })).rejects.toThrow('invalid clamp');
      await expect(openActivations(folder, { nRandomSamples: 0 })).rejects.toThrow(
        'nRandomSamples',
      );
      const large = await openShardWriter(dumpTo, smallMetadata({ data: 'large' }));
      await large.append(exactValues(7 * 32).map((x, i) => (i === 100 ? 2000 : x)));
      await large.finish();
      await expect(openActivations(large.folder)).rejects.toThrow('abnormally large');
      await (await openActivations(large.folder, { clamp: 999 })).close();
    });
  });
});

describe('protocol 2.1', () => {
  test('the list of shards, not arithmetic, says what each file holds', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = parseMetadata(JSON.parse(expected.protocol_21.metadata), 'fixture');
      const { folder, acts } = await writeSmallShards(dumpTo, metadata);
      // Move the last example of the first file to a file of its own in between.
      const shard = new Uint8Array(await readFile(join(folder, 'acts000000.bin')));
      const single = new Uint8Array(shard.length);
      single.set(shard.subarray(3 * 360));
      await writeFile(join(folder, 'extra.bin'), single);
      const list = [
        { name: 'acts000000.bin', n_examples: 3 },
        { name: 'extra.bin', n_examples: 1 },
        { name: 'acts000001.bin', n_examples: 4 },
        { name: 'acts000002.bin', n_examples: 0 },
      ];
      await writeFile(join(folder, 'shards.json'), JSON.stringify(list));
      const source = await openActivations(folder, { patches: 'all', layer: 'all', ...unscaled });
      const read = await collect(source.batches({ batchSize: 11 }));
      expect(read.acts).toEqual([...acts]);
      expect([...(await source.row(3 * 15)).act]).toEqual([...acts.subarray(270, 276)]);
      await source.close();
    });
  });

  test.each([
    [[{ name: '../../etc/passwd.bin', n_examples: 8 }], "is no shard's name"],
    [[{ name: 'acts000000.bin', n_examples: 5 }], 'cannot hold 5 examples'],
    [[{ name: 'acts000000.bin', n_examples: 4 }], 'it counts 4 examples, the metadata 8'],
    [[{ name: 'acts000000.bin' }], 'unknown number'],
    [{ a: 1 }, 'invalid list of shards'],
  ])('a wrong list is refused: %j', async (list, message) => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = parseMetadata(JSON.parse(expected.protocol_21.metadata), 'fixture');
      const { folder } = await writeSmallShards(dumpTo, metadata);
      await writeFile(join(folder, 'shards.json'), JSON.stringify(list));
      await expect(openActivations(folder, { layer: 6 })).rejects.toThrow(message);
    });
  });
});

describe('damaged folders', () => {
  test('missing, unfinished, truncated and oversized', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      await expect(openActivations(join(dumpTo, 'none'))).rejects.toThrow('there is no folder');
      const { folder } = await writeSmallShards(dumpTo);
      const damaged = async (damage: (copy: string) => Promise<void>) => {
        const copy = join(dumpTo, 'copy');
        await rm(copy, { recursive: true, force: true });
        await cp(folder, copy, { recursive: true });
        await damage(copy);
        return openActivations(copy);
      };
      await expect(damaged((copy) => rm(join(copy, 'acts000001.bin')))).rejects.toThrow(
        'missing shard',
      );
      await expect(damaged((copy) => truncate(join(copy, 'acts000002.bin'), 383))).rejects.toThrow(
        '383 bytes, expected 384',
      );
      await expect(damaged((copy) => truncate(join(copy, 'acts000000.bin'), 385))).rejects.toThrow(
        'invalid shard',
      );
      await expect(
        damaged((copy) =>
          writeFile(join(copy, '.saev-progress.json'), '{"written":3,"skipped":[]}'),
        ),
      ).rejects.toThrow('holds 3 of 7 examples');
      await expect(damaged((copy) => writeFile(join(copy, 'skipped.json'), '{}'))).rejects.toThrow(
        'invalid list of skipped',
      );
    });
  });

  test('a layer that was not recorded: the recorded ones are listed', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo);
      await expect(openActivations(folder, { layer: 5 })).rejects.toMatchObject({
        message: 'missing layer 5: it was not recorded',
        hint: 'recorded layers: -2, -1',
      });
    });
  });

  test('a NaN is found as it is read, and its place named', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const writer = await openShardWriter(dumpTo, smallMetadata());
      const acts = exactValues(7 * 32);
      // Example 5, layer -1, patch 1.
      acts[5 * 32 + 16 + 2 * 4 + 3] = Number.NaN;
      await writer.append(acts);
      await writer.finish();
      const source = await openActivations(writer.folder, { layer: -1, ...unscaled });
      await expect(collect(source.batches({ batchSize: 4 }))).rejects.toThrow('example 5, patch 1');
      await expect(source.exampleRows(5)).rejects.toThrow('example 5, patch 1');
      expect((await source.row(0)).act.length).toBe(4);
      await source.close();
      const other = await openActivations(writer.folder, { layer: -2, ...unscaled });
      expect((await collect(other.batches({ batchSize: 4 }))).acts.length).toBe(84);
      await other.close();
    });
  });

  test('a shard that shrinks while it is read', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo);
      const source = await openActivations(folder, unscaled);
      await truncate(join(folder, 'acts000002.bin'), 0);
      await expect(collect(source.batches({ batchSize: 4 }))).rejects.toThrow('is truncated');
      await source.close();
    });
  });

  test('rows and examples out of range', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo);
      const source = await openActivations(folder, unscaled);
      await expect(source.row(21)).rejects.toThrow('invalid row 21');
      await expect(source.row(-1)).rejects.toThrow('invalid row');
      await expect(source.exampleRows(1.5)).rejects.toThrow('invalid example');
      expect(() => source.batches({ batchSize: 0 })).toThrow('invalid batch size');
      await source.close();
    });
  });
});
