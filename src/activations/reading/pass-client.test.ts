import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { bytesOf } from '../../formats/tensor.ts';
import type { ActivationBatch, BatchOptions } from '../types.ts';
import { measureMixing } from './mixing.ts';
import { passBatches, shardWorker } from './pass-client.ts';
import { planWindows } from './pass-plan.ts';
import { openActivations, type ReadOptions, type ShardSource } from './shard-source.ts';

const unscaled: ReadOptions = { scaleMean: false, scaleNorm: false };
/** 120 images of 96 bytes a layer in shards of 50; windows of about 60 of the 360 rows. */
const metadata = smallMetadata({ nExamples: 120, maxTokensPerShard: 400 });
const smallBuffers = { bufferBytes: 2 * 60 * 24, readBytes: 3 * 128 };

async function collect(source: ShardSource, options: BatchOptions): Promise<ActivationBatch[]> {
  const batches: ActivationBatch[] = [];
  for await (const batch of source.batches(options)) batches.push(batch);
  return batches;
}

/** Each row as text with where it comes from. */
function rowsOf(batches: readonly ActivationBatch[]): string[] {
  return batches.flatMap(({ acts, exampleIndex, tokenIndex }) =>
    Array.from(exampleIndex, (example, i) =>
      JSON.stringify([example, tokenIndex[i], ...acts.subarray(i * 4, i * 4 + 4)]),
    ),
  );
}

describe('a shuffled pass', () => {
  test('gives every row once, in an order that only the seed decides', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers, layer: -1 });
      const inOrder = rowsOf(await collect(source, { batchSize: 7 }));
      const shuffled = rowsOf(await collect(source, { batchSize: 7, shuffleSeed: 1 }));
      expect(shuffled).not.toEqual(inOrder);
      expect(shuffled.toSorted()).toEqual(inOrder.toSorted());
      expect(new Set(shuffled).size).toBe(360);
      expect(rowsOf(await collect(source, { batchSize: 100, shuffleSeed: 1 }))).toEqual(shuffled);
      expect(rowsOf(await collect(source, { batchSize: 7, shuffleSeed: 2 }))).not.toEqual(shuffled);
      await source.close();
    });
  });

  test('resumed at any batch goes on as if it had not stopped', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers });
      const random = fc.record({
        batchSize: fc.integer({ min: 1, max: 400 }),
        skipBatches: fc.integer({ min: 0, max: 60 }),
        shuffleSeed: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
        dropLast: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(random, async ({ skipBatches, ...options }) => {
          const whole = await collect(source, options);
          const rest = await collect(source, { ...options, skipBatches });
          expect(rest).toEqual(whole.slice(skipBatches));
          const sizes = new Set(whole.slice(0, -1).map(({ exampleIndex }) => exampleIndex.length));
          expect([...sizes].every((size) => size === options.batchSize)).toBe(true);
          if (options.dropLast) {
            expect(whole.length).toBe(Math.floor(360 / options.batchSize));
          }
        }),
        { numRuns: 12 },
      );
      await source.close();
    });
  });

  test('mixes examples across the whole set within a window', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const all = await openActivations(folder, unscaled);
      const [batch] = await collect(all, { batchSize: 64, shuffleSeed: 3, dropLast: true });
      expect(measureMixing(batch!.exampleIndex, all).ratio).toBeGreaterThan(0.97);
      const [ordered] = await collect(all, { batchSize: 64 });
      expect(measureMixing(ordered!.exampleIndex, all).ratio).toBeLessThan(0.8);
      await all.close();
    });
  });

  test('leaves out skipped examples and counts the rest', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const skipped = [3, 4, 5, 50, 117].map((index) => ({ index, reason: 'broken' }));
      await writeFile(`${folder}/skipped.json`, JSON.stringify({ written: 118, skipped }));
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers });
      expect([...source.absent]).toEqual([3, 4, 5, 50, 117, 118, 119]);
      expect(source.length).toBe(113 * 3);
      expect(source.nExamples).toBe(120);
      for (const shuffleSeed of [undefined, 1]) {
        const batches = await collect(source, { batchSize: 10, shuffleSeed });
        const examples = new Set(batches.flatMap(({ exampleIndex }) => [...exampleIndex]));
        expect(examples.size).toBe(113);
        for (const absent of source.absent) expect(examples.has(absent)).toBe(false);
        expect(rowsOf(batches).length).toBe(source.length);
      }
      // Row numbers stay those of the whole set; a hole reads as zeros.
      expect((await source.row(6 * 3)).exampleIndex).toBe(6);
      expect([...(await source.row(119 * 3)).act]).toEqual([0, 0, 0, 0]);
      await source.close();
    });
  });

  test('can be left or aborted at any time', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers });
      for await (const _ of source.batches({ batchSize: 5, shuffleSeed: 1 })) break;
      const controller = new AbortController();
      let n = 0;
      const reading = (async () => {
        for await (const _ of source.batches({ batchSize: 5, signal: controller.signal })) {
          if (++n === 3) controller.abort(new Error('stopped by hand'));
        }
      })();
      await expect(reading).rejects.toThrow('stopped by hand');
      expect(n).toBe(3);
      await source.close();
    });
  });

  test('reads CLS of one layer, far apart on disk, piece by piece', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      // Tokens of 80 kB: nothing is read through.
      const wide = smallMetadata({ dModel: 20_000, nExamples: 8 });
      const { folder, acts } = await writeSmallShards(dumpTo, wide);
      for (const layer of [-2, -1, 'meanpool'] as const) {
        const source = await openActivations(folder, { ...unscaled, patches: 'cls', layer });
        const batches = await collect(source, { batchSize: 3, shuffleSeed: 1 });
        const seen = batches.flatMap(({ exampleIndex }) => [...exampleIndex]);
        expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        for (const batch of batches) {
          batch.exampleIndex.forEach((example, i) => {
            const cls = [0, 1].map((l) => {
              const at = (example * 2 + l) * 80_000;
              return acts.subarray(at, at + 20_000);
            });
            const expected =
              layer === 'meanpool' ? cls[0]!.map((x, j) => (x + cls[1]![j]!) / 2) : cls[layer + 2]!;
            expect(batch.acts.subarray(i * 20_000, (i + 1) * 20_000)).toEqual(expected);
          });
        }
        await source.close();
      }
    });
  });

  test('with reuse, memory is used again, and the rows are the same', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      // Rows of 4 kB, so that a batch of 1,100 has memory of its own.
      const large = smallMetadata({ dModel: 1024, nExamples: 2400, maxTokensPerShard: 8000 });
      const { folder } = await writeSmallShards(dumpTo, large);
      const source = await openActivations(folder, { ...unscaled, bufferBytes: 2 * 2200 * 4104 });
      const options = { batchSize: 1100, shuffleSeed: 4 };
      const kept = await collect(source, options);
      let n = 0;
      const memory = new Set<ArrayBufferLike>();
      for await (const batch of source.batches({ ...options, reuse: true })) {
        expect(batch.exampleIndex).toEqual(kept[n]!.exampleIndex);
        expect(Buffer.compare(bytesOf(batch.acts), bytesOf(kept[n]!.acts))).toBe(0);
        memory.add(batch.acts.buffer);
        n++;
      }
      expect(n).toBe(kept.length);
      expect(memory.size).toBeLessThan(n);
      await source.close();
    });
  });

  test('gives the same from several threads as from one, whatever the window', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers, layer: -1 });
      const { folder: at, geometry, selection, scaling, files } = source;
      const { rowsPerExample } = selection;
      const order = { files, absent: source.absent, rowsPerExample, shuffleSeed: 5 };
      const input = {
        folder: at,
        geometry,
        selection,
        scaling,
        order: { ...order, examplesPerBlock: 3, windowRows: 50 },
      };
      const passOf = async (threads: number, skipRows: number): Promise<string[]> => {
        const rows: ActivationBatch[] = [];
        const windows = planWindows(input.order);
        const shape = { dModel: 4, skipRows, endRow: 350, windows, chunkRows: 14, threads };
        for await (const batch of passBatches({ url: shardWorker(), input }, shape, {
          batchSize: 7,
        })) {
          rows.push(batch);
        }
        return rowsOf(rows);
      };
      const alone = await passOf(1, 0);
      expect(new Set(alone).size).toBe(350);
      expect(await passOf(3, 0)).toEqual(alone);
      expect(await passOf(2, 77)).toEqual(alone.slice(77));
      await source.close();
    });
  });

  test('batches are the consumer’s to keep', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const { folder } = await writeSmallShards(dumpTo, metadata);
      const source = await openActivations(folder, { ...unscaled, ...smallBuffers });
      const batches = await collect(source, { batchSize: 5, shuffleSeed: 1 });
      const buffers = new Set(batches.map(({ acts }) => acts.buffer));
      expect(buffers.size).toBe(batches.length);
      batches[0]!.acts.fill(7);
      expect(batches[1]!.acts.includes(7)).toBe(false);
      await source.close();
    });
  });
});

describe('mixing', () => {
  test('one example has no entropy; all different have log2 of their number', () => {
    const source = { nExamples: 100, rowsPerExample: 1 };
    expect(measureMixing([5, 5, 5, 5], source)).toMatchObject({
      entropy: 0,
      distinct: 1,
      ratio: 0,
    });
    expect(measureMixing([1, 2, 3, 4], source)).toMatchObject({ entropy: 2, perfect: 2, ratio: 1 });
  });
});
