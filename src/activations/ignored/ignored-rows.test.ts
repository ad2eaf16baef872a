import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  smallLiveImages,
  smallMetadata,
  writeSmallShards,
} from '../../../test/helpers/activation-data.ts';
import {
  collect,
  LETTERS,
  rowTexts,
  textData,
  textRecording,
  writeTexts,
} from '../../../test/helpers/text-activations.ts';
import { loadTokenizer } from '../../data/texts/load-tokenizer.ts';
import { DataLoad, type DataLoadInput } from '../config.ts';
import { record } from '../job.ts';
import { liveImages } from '../live/live-images.ts';
import type { OpenedSource, OpenOptions } from '../open-options.ts';
import { openSource } from '../source.ts';
import { rowChoice } from './choose-rows.ts';
import { IgnoreConfig } from './config.ts';

const N = 17;
let folder: string;
let shardRoot: string;
let texts: string;
let labels: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-ignored-'));
  shardRoot = (await writeSmallShards(join(folder, 'shards'), smallMetadata({ nExamples: N })))
    .folder;
  labels = Uint8Array.from({ length: N * 3 }, (_, i) => (i * 7) % 5);
  labels.fill(2, 6, 9);
  await writeFile(join(shardRoot, 'labels.bin'), labels);
  texts = await writeTexts(folder, 60);
});
afterAll(() => rm(folder, { recursive: true }));

const scaling = { clamp: 1e5, mean: undefined, scalar: 1 };

function open(
  ignore: unknown,
  data: DataLoadInput = {},
  options: OpenOptions = {},
): Promise<OpenedSource> {
  return openSource(DataLoad.parse({ shardRoot, layer: -1, ...data }), {
    threads: 1,
    ...options,
    ...(ignore !== undefined && { ignore: IgnoreConfig.parse(ignore) }),
  });
}

async function rowsOf(
  opened: OpenedSource,
  shuffleSeed?: number,
  skipBatches = 0,
): Promise<string[]> {
  const { source } = opened;
  const batches = await collect(source.batches({ batchSize: 7, shuffleSeed, skipBatches }));
  return rowTexts(batches);
}

describe('ignored rows', () => {
  test('of recorded images never become part of a batch, wherever reading begins', async () => {
    const all = await rowsOf(await open(undefined, { patches: 'all' }, { scaling }));
    const choice = fc.record({
      labels: fc.option(fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 }), {
        nil: undefined,
      }),
      patches: fc.option(
        fc.uniqueArray(fc.constantFrom(0, 1, 2, 'cls'), { minLength: 1, maxLength: 3 }),
        {
          nil: undefined,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(choice, fc.nat(99), fc.nat(5), async (ignore, seed, skip) => {
        const kept = all.filter((text) => {
          const [example, token] = text.split(':').map(Number) as [number, number];
          const label = token < 0 ? -1 : labels[example * 3 + token]!;
          const isIgnored = (ignore.patches as unknown[] | undefined)?.includes(
            token < 0 ? 'cls' : token,
          );
          return isIgnored !== true && ignore.labels?.includes(label) !== true;
        });
        const opened = await open(ignore, { patches: 'all' }, { scaling });
        expect(opened.source).toMatchObject({ length: kept.length, leftOut: N * 4 - kept.length });
        expect(await rowsOf(opened)).toEqual(kept);
        const mixed = await rowsOf(opened, seed);
        expect(mixed.toSorted()).toEqual(kept.toSorted());
        expect(await rowsOf(opened, seed, skip)).toEqual(mixed.slice(skip * 7));
        await opened.source.close();
      }),
      { numRuns: 6 },
    );
  });

  test('do not count for mean and norm, drawn or read through', async () => {
    for (const nRandomSamples of [1000, 5]) {
      const opened = await open({ labels: [2, 3], patches: [1] }, { nRandomSamples });
      const { mean } = opened.scaling;
      await opened.source.close();
      const plain = await open({ labels: [2, 3], patches: [1] }, {}, { scaling });
      const rows = (await rowsOf(plain)).map((text) => text.split(':')[2]!.split(',').map(Number));
      await plain.source.close();
      if (nRandomSamples > rows.length) {
        const own = [0, 1, 2, 3].map(
          (j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
        );
        expect([...mean!]).toEqual(own.map((value) => expect.closeTo(value, 4)));
      } else {
        // Five rows were drawn: their sum is that of five that count.
        expect(mean).toHaveLength(4);
        expect(rows.length).toBeGreaterThan(5);
      }
    }
  });

  test('leave a mean over patches, too', async () => {
    const opened = await open({ patches: [0, 2] }, { patches: 'meanpool' }, { scaling });
    const one = await open(undefined, {}, { scaling });
    const second = (await rowsOf(one)).filter((text) => text.split(':')[1] === '1');
    const values = (text: string): string => text.split(':')[2]!;
    expect((await rowsOf(opened)).map(values)).toEqual(second.map(values));
    await opened.source.close();
    await one.source.close();
  });

  test('of images that run along are those of their labels and places', async () => {
    const of = async (example: number): Promise<number[]> => [example % 2, 1, 2, 3];
    const liveSource = async (ignore: unknown) =>
      liveImages(
        smallLiveImages(N, {
          bufferImages: 5,
          ...rowChoice(IgnoreConfig.optional().parse(ignore), {
            nExamples: N,
            absent: [],
            nPatches: 4,
            hasCls: true,
            patches: 'patches',
            labels: async () => ({
              classes: ['none', 'wall', 'building, edifice', 'sky'],
              of,
              close: async () => undefined,
            }),
          }),
        }),
      );
    const read = async (
      ignore: unknown,
      shuffleSeed?: number,
      skipBatches = 0,
    ): Promise<string[]> => {
      const source = await liveSource(ignore);
      return rowTexts(await collect(source.batches({ batchSize: 5, shuffleSeed, skipBatches })));
    };
    const all = await read(undefined);
    const kept = all.filter((text) => /^\d*[13579]:0:/.test(text) || /:3:/.test(text));
    const ignore = { labels: ['edifice', 0], patches: [1] };
    expect(await read(ignore)).toEqual(kept);
    expect(await read(ignore, undefined, 2)).toEqual(kept.slice(10));
    const mixed = await read(ignore, 3);
    expect(mixed.toSorted()).toEqual(kept.toSorted());
    expect(await read(ignore, 3, 3)).toEqual(mixed.slice(15));
    await expect(liveSource({ labels: ['door'] })).rejects.toThrow("unknown label 'door'");
    await expect(liveSource({ labels: [4] })).rejects.toThrow('labels go from 0 to 3');
    await expect(liveSource({ labels: [0, 1, 2, 3] })).rejects.toThrow('every one of the 68 rows');
  });

  test('of texts are tokens and positions, recorded or not, and the same for validation', async () => {
    const { isSpecial } = await loadTokenizer(LETTERS);
    const layer = 'blocks.0.ln2.hook_normalized';
    const { folder: recorded } = await record(
      textRecording(texts, join(folder, 'recorded'), { vitLayers: [layer] }),
    );
    const options = { validation: { share: 0.3, seed: 1, nRows: 60 } };
    const found: string[][] = [];
    for (const data of [textData(texts), { shardRoot: recorded, layer }]) {
      const { source, validation } = await open(
        { tokens: ['special', 5], patches: [1] },
        data,
        options,
      );
      const seen: string[] = [];
      for (const each of [source, validation!.source]) {
        for (const { exampleIndex, tokenIndex } of await collect(each.batches({ batchSize: 9 }))) {
          for (const [i, example] of exampleIndex.entries()) {
            const id = (await source.contexts!.tokens(example))[tokenIndex[i]!]!;
            expect(id === 5 || isSpecial(id) || tokenIndex[i] === 1).toBe(false);
            seen.push(`${example}:${tokenIndex[i]}`);
          }
        }
      }
      expect(source.leftOut).toBeGreaterThan(source.nExamples);
      expect(Math.abs(validation!.source.length - 60)).toBeLessThan(15);
      found.push(seen);
      await source.close();
    }
    expect(found[0]).toEqual(found[1]);
  });

  test('that are not there are named in a sentence', async () => {
    const refused = (ignore: unknown, text: string, data: DataLoadInput = {}): Promise<void> =>
      expect(open(ignore, data)).rejects.toThrow(text);
    await refused({ patches: [3] }, 'invalid ignore.patches: 3, but an image has 3 patches');
    await refused({ labels: ['sky'] }, "unknown label 'sky': labels.bin has numbers");
    await refused({ tokens: [1] }, 'missing tokens: ignore.tokens is for texts');
    await refused({ patches: [0, 1, 2] }, 'nothing is left: every one of the 51 rows');
    await refused({ patches: [0, 1, 2] }, 'all 3 patches of a mean', { patches: 'meanpool' });
    await refused({ labels: [1] }, "with data.patches 'cls'", { patches: 'cls' });
    await refused({ patches: ['cls'] }, 'missing CLS', textData(texts));
    await refused({ labels: [1] }, 'missing labels: ignore.labels is for patches', textData(texts));
    await refused({ tokens: [41] }, 'unknown token 41', textData(texts));
    const bare = (await writeSmallShards(join(folder, 'bare'), smallMetadata({ data: 'bare' })))
      .folder;
    await refused({ labels: [1] }, 'missing labels', { shardRoot: bare });
    await writeFile(join(bare, 'labels.bin'), new Uint8Array(4));
    await refused({ labels: [1] }, 'has 4, for 7 examples of 3 patches', { shardRoot: bare });
    // One that no patch has leaves nothing out.
    const opened = await open({ labels: [77] });
    expect(opened.source).toMatchObject({ length: N * 3, leftOut: 0 });
    await opened.source.close();
  });
});
