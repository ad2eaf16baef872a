import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  arithmeticBackbone,
  imagePixels,
  smallImages,
} from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder, listFiles } from '../../../test/helpers/folders.ts';
import { openActivations } from '../reading/shard-source.ts';
import { type RecordImagesOptions, recordImages } from './record-images.ts';

/** Record 7 small images, 3 a shard, in batches of 2. */
function options(dumpTo: string, changes: Partial<RecordImagesOptions> = {}): RecordImagesOptions {
  return {
    backbone: arithmeticBackbone(),
    images: (from) => smallImages(7, from),
    layers: [-1, 0],
    dumpTo,
    data: "ImageFolderDataset(root='./images')",
    nExamples: 7,
    maxTokensPerShard: 30,
    batchSize: 2,
    ...changes,
  };
}

describe('recording', () => {
  test('keeps CLS and patches, leaves registers out, layers in the order given', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const summary = await recordImages(options(dumpTo));
      expect(summary).toMatchObject({ nWritten: 7, nRecorded: 7, skipped: [] });
      expect(summary.metadata).toMatchObject({
        layers: [-1, 0],
        nPatches: 4,
        hasCls: true,
        dModel: 4,
      });
      const source = await openActivations(summary.folder, {
        patches: 'all',
        layer: 'all',
        scaleMean: false,
        scaleNorm: false,
      });
      for (const image of [0, 3, 6]) {
        const pixels = imagePixels(image);
        // Token 1 of the run is the register.
        const rows = [3, 1].flatMap((factor) =>
          [0, 2, 3, 4, 5].flatMap((token) => [0, 1, 2, 3].map((j) => factor * pixels[j]! + token)),
        );
        expect([...(await source.exampleRows(image))]).toEqual(rows.map(Math.fround));
      }
      await source.close();
    });
  });

  test('the size of batches changes no byte', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const one = await recordImages(options(join(dumpTo, 'a'), { batchSize: 1 }));
      const all = await recordImages(options(join(dumpTo, 'b'), { batchSize: 64 }));
      expect(await listFiles(one.folder)).toEqual(await listFiles(all.folder));
    });
  });

  test('a model without CLS or registers, and hook points by name', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const backbone = arithmeticBackbone({ hasCls: false, nRegisters: 0 });
      const layers = ['blocks.1.hook_mlp_out', 1];
      const { folder } = await recordImages(options(dumpTo, { backbone, layers }));
      const source = await openActivations(folder, {
        layer: 'blocks.1.hook_mlp_out',
        scaleMean: false,
        scaleNorm: false,
      });
      expect([...(await source.row(5)).act]).toEqual(
        [10, 10 + 10 / 64, 10 + 20 / 64, 10 + 30 / 64].map((x) => x + 1),
      );
      await source.close();
    });
  });

  test('an aborted recording goes on where it stopped, to the same bytes', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const whole = await recordImages(options(join(dumpTo, 'a')));
      const controller = new AbortController();
      const stopAt = async function* (from: number) {
        for await (const item of smallImages(7, from)) {
          if (item.index === 5) controller.abort(new Error('Ctrl-C'));
          yield item;
        }
      };
      await expect(
        recordImages(options(join(dumpTo, 'b'), { images: stopAt, signal: controller.signal })),
      ).rejects.toThrow('Ctrl-C');
      const asked: number[] = [];
      const rest = await recordImages(
        options(join(dumpTo, 'b'), {
          images: (from) => {
            asked.push(from);
            return smallImages(7, from);
          },
        }),
      );
      expect(asked[0]).toBeGreaterThan(0);
      // Batches fall as in the whole run: a model may round differently in batches of other sizes.
      expect(asked[0]! % 2).toBe(0);
      expect(rest.nRecorded).toBe(7 - asked[0]!);
      expect(await listFiles(rest.folder)).toEqual(await listFiles(whole.folder));
      // And once more: nothing is left to do.
      const again = await recordImages(options(join(dumpTo, 'b')));
      expect(again).toMatchObject({ nWritten: 7, nRecorded: 0 });
    });
  });

  test('a broken image keeps its place as zeros and is listed, across an interruption too', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const controller = new AbortController();
      const images = (from: number) => smallImages(7, from, [2, 3, 6]);
      const stopping = async function* (from: number) {
        for await (const item of images(from)) {
          yield item;
          if (item.index === 5) controller.abort();
        }
      };
      await expect(
        recordImages(options(dumpTo, { images: stopping, signal: controller.signal })),
      ).rejects.toThrow();
      const { folder, skipped } = await recordImages(options(dumpTo, { images }));
      expect(skipped.map(({ index }) => index)).toEqual([2, 3, 6]);
      expect(JSON.parse(await readFile(join(folder, 'skipped.json'), 'utf8'))).toMatchObject({
        written: 7,
        skipped: [{ index: 2, reason: 'image 2 is broken' }, { index: 3 }, { index: 6 }],
      });
      const source = await openActivations(folder, {
        layer: 0,
        scaleMean: false,
        scaleNorm: false,
      });
      expect((await source.row(4 * 4)).act[0]).toBe(4 + 2);
      expect([...(await source.row(3 * 4)).act]).toEqual([0, 0, 0, 0]);
      expect(source.length).toBe(4 * 4);
      await source.close();
    });
  });

  test('protocol 2.1 with labels', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const images = async function* (from: number) {
        for await (const item of smallImages(7, from, [1])) {
          yield item.pixels === undefined
            ? item
            : { ...item, labels: new Uint8Array(4).fill(10 + item.index) };
        }
      };
      const { folder } = await recordImages(
        options(dumpTo, { images, protocol: '2.1', dataset: '/data/x', labels: true }),
      );
      expect((await readdir(folder)).sort()).toEqual([
        'acts000000.bin',
        'acts000001.bin',
        'acts000002.bin',
        'labels.bin',
        'metadata.json',
        'shards.json',
        'skipped.json',
      ]);
      const labels = await readFile(join(folder, 'labels.bin'));
      expect([...labels]).toEqual([10, 0, 12, 13, 14, 15, 16].flatMap((x) => [x, x, x, x]));
    });
  });
});

describe('a folder of shards knows what it was recorded from', () => {
  const data = { where: '/A', files: 7, bytes: 700, hash: 'a' };
  const model = { checkpoint: 'arithmetic', hash: 'm' };
  const from = (changes: Partial<typeof data>, weights = model.hash) => ({
    origin: async () => ({
      data: { ...data, ...changes },
      model: { ...model, hash: weights },
    }),
  });

  test.each([
    ['other data', from({ where: '/B', hash: 'b' }), "7 files (700 bytes) of '/A', not"],
    ['data that changed', from({ files: 8, hash: 'b' }), "'/A' has changed since"],
    ['other weights', from({}, 'n'), "the files of 'arithmetic' are no longer those"],
  ])(
    '%s are refused, of a whole recording and of one that was begun',
    async (_, other, message) => {
      await inTemporaryFolder(async (dumpTo) => {
        const controller = new AbortController();
        const stopping = async function* (start: number) {
          for await (const item of smallImages(7, start)) {
            if (item.index === 5) controller.abort(new Error('Ctrl-C'));
            yield item;
          }
        };
        const begun = { ...from({}), images: stopping, signal: controller.signal };
        await expect(recordImages(options(dumpTo, begun))).rejects.toThrow('Ctrl-C');
        await expect(recordImages(options(dumpTo, other))).rejects.toThrow(message);
        const whole = await recordImages(options(dumpTo, from({})));
        const files = await listFiles(whole.folder);
        await expect(recordImages(options(dumpTo, other))).rejects.toThrow(message);
        expect(await listFiles(whole.folder)).toEqual(files);
        expect((await recordImages(options(dumpTo, from({})))).nRecorded).toBe(0);
        const anew = await recordImages(options(dumpTo, { ...other, overwrite: true }));
        expect(anew.nRecorded).toBe(7);
        expect((await recordImages(options(dumpTo, other))).nRecorded).toBe(0);
      });
    },
  );

  test('data that change while they are recorded leave the folder unfinished', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      let asked = 0;
      const origin = async () => ({ data: { ...data, hash: `h${asked++}` } });
      await expect(recordImages(options(dumpTo, { origin }))).rejects.toThrow('has changed since');
      const [folder] = await readdir(dumpTo);
      await expect(openActivations(join(dumpTo, folder!))).rejects.toThrow('unfinished recording');
      await expect(recordImages(options(dumpTo, { origin }))).rejects.toThrow('has changed since');
    });
  });

  test('one that does not say it, as those of Python, is taken as it is', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      await recordImages(options(dumpTo));
      expect((await recordImages(options(dumpTo, from({})))).nRecorded).toBe(0);
    });
  });
});

describe('recording refuses', () => {
  test('activations that are not numbers, naming the image; what came before is kept', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const backbone = arithmeticBackbone({ broken: (image) => image[0] === 5 });
      const failing = options(dumpTo, { backbone, sourceOf: (i) => `cats/${i}.png` });
      await expect(recordImages(failing)).rejects.toThrow('image 5 (cats/5.png)');
      const rest = await recordImages(options(dumpTo));
      expect(rest.nRecorded).toBeLessThanOrEqual(3);
    });
  });

  test.each([
    [[3], 'invalid layer 3'],
    [[-4], 'invalid layer -4'],
    [[0.5], 'invalid layer 0.5'],
    [[], 'missing layers'],
    [[-1, 2], 'are the same'],
    [['blocks.1.hook_mlp_ot'], 'unknown hook point'],
    [['blocks.1.attn.hook_pattern'], 'no token axis'],
    [[0, 'blocks.1.mlp.hook_pre'], 'different widths'],
  ])('layers %j, before anything is written', async (layers, message) => {
    await inTemporaryFolder(async (dumpTo) => {
      await expect(recordImages(options(dumpTo, { layers }))).rejects.toThrow(message);
      expect(await readdir(dumpTo)).toEqual([]);
    });
  });

  test('images out of order are a bug, not shifted indices', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const images = async function* () {
        yield { index: 0, pixels: imagePixels(0) };
        yield { index: 2, pixels: imagePixels(2) };
      };
      await expect(recordImages(options(dumpTo, { images }))).rejects.toThrow(
        'image 2 came in place of image 1',
      );
    });
  });

  test('an error of the images ends the job and leaves it resumable', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const images = async function* (from: number) {
        for await (const item of smallImages(7, from)) {
          if (item.index === 4) throw new Error('disk gone');
          yield item;
        }
      };
      await expect(recordImages(options(dumpTo, { images }))).rejects.toThrow('disk gone');
      const rest = await recordImages(options(dumpTo));
      expect(rest.nWritten).toBe(7);
      expect(rest.nRecorded).toBeLessThan(7);
    });
  });
});
