import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  smallLiveImages,
  smallMetadata,
  writeSmallShards,
} from '../../../test/helpers/activation-data.ts';
import { textData, textRecording, writeTexts } from '../../../test/helpers/text-activations.ts';
import { DataLoad } from '../config.ts';
import { areSameExamples } from '../identity.ts';
import { record } from '../job.ts';
import { liveImages } from '../live/live-images.ts';
import type { OpenedSource } from '../open-options.ts';
import { examplesApart, othersThan } from '../reading/apart.ts';
import { openSource } from '../source.ts';
import type { ActivationSource, BatchOptions } from '../types.ts';
import { refuseSameSet } from './same-set.ts';

const N = 23;
let folder: string;
let shards: string;
let texts: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-validation-'));
  shards = (await writeSmallShards(join(folder, 'shards'), smallMetadata({ nExamples: N }))).folder;
  texts = await writeTexts(folder, 60);
});
afterAll(() => rm(folder, { recursive: true }));

/** Examples that the batches of a pass are of. */
async function examplesIn(source: ActivationSource, options: BatchOptions): Promise<Set<number>> {
  const found = new Set<number>();
  for await (const { exampleIndex } of source.batches(options))
    for (const example of exampleIndex) found.add(example);
  return found;
}

/** Batches of a pass as they are read: in order or mixed, from the beginning or from where a run goes on. */
const passes = fc.record({
  batchSize: fc.integer({ min: 1, max: 30 }),
  shuffleSeed: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
  skipBatches: fc.integer({ min: 0, max: 4 }),
});

const shares = fc.record({
  share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

async function expectApart(
  { source, validation }: OpenedSource,
  pass: BatchOptions,
): Promise<void> {
  const kept = new Set(validation!.examples);
  for (const example of await examplesIn(source, pass)) expect(kept).not.toContain(example);
  const all = { ...pass, skipBatches: 0 };
  const trained = await examplesIn(source, all);
  expect(trained.size + kept.size).toBe(validation!.nAll);
  expect(source.length).toBe(trained.size * source.rowsPerExample);
  const read = await examplesIn(validation!.source, all);
  expect(read).toEqual(new Set(validation!.examples.subarray(0, validation!.nRead)));
}

describe('a share kept apart', () => {
  test('never reaches a batch of recorded rows, nor their scaling', async () => {
    await fc.assert(
      fc.asyncProperty(
        shares,
        passes,
        fc.integer({ min: 1, max: 80 }),
        async (share, pass, nRows) => {
          const data = DataLoad.parse({ shardRoot: shards, layer: -1 });
          const opened = await openSource(data, { validation: { ...share, nRows } });
          try {
            await expectApart(opened, pass);
            const kept = opened.validation!.examples;
            const { mean } = opened.scaling;
            const alone = await openSource(data, {
              scaling: { clamp: 1e5, mean: undefined, scalar: 1 },
            });
            const sum = new Float64Array(4);
            let rows = 0;
            for await (const { acts, exampleIndex } of alone.source.batches({ batchSize: 1 })) {
              if (kept.includes(exampleIndex[0]!)) continue;
              rows++;
              acts.forEach((value, j) => {
                sum[j]! += value;
              });
            }
            await alone.source.close();
            for (const [j, value] of mean!.entries()) expect(value).toBeCloseTo(sum[j]! / rows, 4);
          } finally {
            await opened.source.close();
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  test('never reaches a batch of images that run along', async () => {
    const sourceWithout = (leaveOut: Uint32Array): Promise<ActivationSource> =>
      liveImages(smallLiveImages(N, { leaveOut }));
    await fc.assert(
      fc.asyncProperty(shares, passes, async (share, pass) => {
        const kept = examplesApart(othersThan([], N), share);
        const source = await sourceWithout(kept);
        const validation = {
          source: await sourceWithout(othersThan(kept, N)),
          from: 'share',
          examples: kept,
          nRead: kept.length,
          nAll: N,
        } as const;
        await expectApart(
          { source, validation, scaling: { clamp: 1, mean: undefined, scalar: 1 } },
          pass,
        );
      }),
      { numRuns: 15 },
    );
  });

  test('never reaches a batch of texts that run along, or were recorded', async () => {
    const { folder: recorded } = await record(
      textRecording(texts, join(folder, 'recorded'), {
        vitLayers: ['blocks.0.ln2.hook_normalized'],
      }),
    );
    const live = DataLoad.parse(textData(texts));
    const data = [live, DataLoad.parse({ shardRoot: recorded, layer: live.layer })];
    await fc.assert(
      fc.asyncProperty(shares, passes, fc.constantFrom(...data), async (share, pass, chosen) => {
        const validation = { ...share, nRows: 10_000 };
        const opened = await openSource(chosen, { threads: 1, holdOut: 1, validation });
        await expectApart(opened, pass).finally(() => opened.source.close());
      }),
      { numRuns: 4 },
    );
  });

  test('is drawn by the seed alone, one example at least and never all', () => {
    const all = othersThan([3], 50);
    const five = examplesApart(all, { share: 0.1, seed: 4 });
    expect(five).toHaveLength(5);
    expect(examplesApart(all, { share: 0.1, seed: 4 })).toEqual(five);
    expect(examplesApart(all, { share: 0.1, seed: 5 })).not.toEqual(five);
    expect(examplesApart(all, { share: 0.2, seed: 4 }).subarray(0, 5)).toEqual(five);
    expect(five).not.toContain(3);
    expect(examplesApart(all, { share: 1e-9, seed: 0 })).toHaveLength(1);
    expect(examplesApart(all, { share: 1 - 1e-9, seed: 0 })).toHaveLength(48);
    expect(() => examplesApart(Uint32Array.of(2), { share: 0.5, seed: 0 })).toThrow('one example');
    const first = examplesApart(all, { share: 0.1, seed: 4, rule: 'first' });
    expect([...first]).toEqual([0, 1, 2, 4, 5]);
  });
});

describe('other shards to validate on', () => {
  const open = (shardRoot: string): Promise<OpenedSource> =>
    openSource(DataLoad.parse({ shardRoot: shards, layer: -1 }), {
      validation: { shardRoot, seed: 0, nRows: 9 },
    });

  test('are read as those of training, a few examples drawn from all of them', async () => {
    const metadata = smallMetadata({ nExamples: 12, data: 'other' });
    const other = await writeSmallShards(join(folder, 'other'), metadata);
    const { source, validation, scaling } = await open(other.folder);
    expect(source.length).toBe(N * 3);
    expect(validation).toMatchObject({ from: 'shards', nAll: 12, nRead: 3 });
    expect(validation!.source.length).toBe(9);
    expect((validation!.source as unknown as { scaling: unknown }).scaling).toEqual(scaling);
    await source.close();
  });

  test('are refused where they do not fit, in a sentence', async () => {
    const odd = async (name: string, change: object): Promise<string> =>
      (await writeSmallShards(join(folder, name), smallMetadata({ data: name, ...change }))).folder;
    const wide = await odd('wide', { dModel: 6 });
    await expect(open(wide)).rejects.toThrow('rows of width 6, and those of training have 4');
    const model = await odd('model', { checkpoint: 'another' });
    await expect(open(model)).rejects.toThrow('is of another, and training reads arithmetic');
    const layer = await odd('layer', { layers: [-2] });
    await expect(open(layer)).rejects.toThrow('missing layer -1');
    const empty = await odd('empty', { nExamples: 0 });
    await expect(open(empty)).rejects.toThrow('no rows to validate on');
    await expect(open(shards)).rejects.toThrow('holds what is trained on');
    const link = join(folder, 'link');
    await symlink(shards, link);
    await expect(open(link)).rejects.toThrow('holds what is trained on');
    await expect(open(join(folder, 'nowhere'))).rejects.toMatchObject({
      message: expect.stringContaining('missing activations'),
      hint: expect.stringContaining('--val-data.shard-root'),
    });
  });

  test('are refused where they are of the same images, however they are stored', async () => {
    const halved = smallMetadata({ nExamples: N, dtype: 'bfloat16', layers: [-1] });
    const copy = (await writeSmallShards(join(folder, 'halved'), halved)).folder;
    await expect(open(copy)).rejects.toThrow('holds what is trained on');
  });

  test('are told by the files of their images, and the part of the set', () => {
    const images = { nExamples: 9, files: 'hash', part: 'train[:50%]', data: 'a' };
    expect(areSameExamples(images, { ...images, data: 'elsewhere' })).toBe(true);
    expect(areSameExamples(images, { ...images, part: undefined, data: 'pickled' })).toBe(true);
    expect(areSameExamples(images, { ...images, files: 'other' })).toBe(false);
    expect(areSameExamples(images, { ...images, part: 'train[50%:]' })).toBe(false);
    expect(areSameExamples(images, { ...images, nExamples: 20_210 })).toBe(true);
    // Python's recordings say what metadata call them, and no more.
    expect(areSameExamples(images, { nExamples: 9, data: 'a' })).toBe(true);
    expect(areSameExamples(images, { nExamples: 9, data: 'b' })).toBe(false);
    expect(areSameExamples(images, { nExamples: 8, data: 'a' })).toBe(false);
    expect(areSameExamples({ nExamples: 9, tokens: 't' }, { nExamples: 9, tokens: 't' })).toBe(
      true,
    );
    expect(areSameExamples({ nExamples: 9, tokens: 't' }, { nExamples: 9, tokens: 'u' })).toBe(
      false,
    );
  });

  test('are refused as a set by another name of its folder', async () => {
    const link = join(folder, 'linked');
    await symlink(folder, link);
    const set = (root: string) => ({ type: 'image-folder', root }) as const;
    await expect(refuseSameSet(set(link), set(folder), 'images')).rejects.toThrow(
      'it is the set that is trained on',
    );
    await refuseSameSet(set(tmpdir()), set(folder), 'images');
  });
});
