import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { segmentedTree } from '../../../test/helpers/class-maps.ts';
import { makeTree } from '../../../test/helpers/folders.ts';
import { openAde20k } from '../../data/datasets/ade20k.ts';
import { writeWorld } from '../../data/worlds/images/write.ts';
import { csvText } from '../../formats/csv.ts';
import { writeHeadFolder } from '../probes/head-files.ts';
import { initHead } from '../probes/linear-head.ts';
import { SemsegCountConfig, SemsegTrainConfig, SemsegValidateConfig } from './config.ts';
import { countPixels, measurePixels, newConfusion } from './confusion.ts';
import { countPatches } from './counting.ts';
import { loadSavedHeads, resizeFor } from './saved-heads.ts';
import { trainSegmentation } from './training.ts';
import { patchClasses, pixelClasses } from './upsampling.ts';
import { validateSegmentation } from './validation.ts';

const classes = fc.uint8Array({ minLength: 40, maxLength: 40, max: 3 });

test('agreement is counted pixel by pixel, with and without the unlabelled ones', () => {
  fc.assert(
    fc.property(classes, classes, (truth, guess) => {
      const confusion = newConfusion(5);
      countPixels(confusion, truth, guess);
      const pixels = [...truth.keys()];
      for (const labelledOnly of [false, true]) {
        const kept = pixels.filter((i) => !labelledOnly || truth[i]! > 0);
        const measured = measurePixels(confusion, { labelledOnly });
        expect(measured.pixels).toBe(kept.length);
        if (kept.length === 0) continue;
        const right = kept.filter((i) => truth[i] === guess[i]).length;
        expect(measured.accuracy).toBeCloseTo(right / kept.length, 12);
        const ious = [1, 2, 3, 4].map((c) => {
          const both = kept.filter((i) => truth[i] === c && guess[i] === c).length;
          return both / kept.filter((i) => truth[i] === c || guess[i] === c).length;
        });
        expect([...measured.iou.slice(1)]).toEqual(ious);
        const present = ious.filter((iou) => !Number.isNaN(iou));
        expect(measured.nPresent).toBe(present.length);
      }
    }),
  );
});

test('pixels in the middle of a patch have its class, and a grid of the same size changes nothing', () => {
  const scores = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 27, maxLength: 27 });
  fc.assert(
    fc.property(scores, (data) => {
      const logits = { data: Float32Array.from(data), at: 0, stride: 3, nClasses: 3, grid: 3 };
      const patches = patchClasses(logits);
      expect(pixelClasses(logits, 3)).toEqual(patches);
      const pixels = pixelClasses(logits, 9);
      for (let patch = 0; patch < 9; patch++) {
        const middle = (3 * Math.floor(patch / 3) + 1) * 9 + 3 * (patch % 3) + 1;
        expect(pixels[middle]).toBe(patches[patch]);
      }
    }),
  );
});

test('edits show images to heads of Python as it showed them, squashed', () => {
  const said = { vitFamily: 'dinov2', vitLayer: -1, resize: 'model' } as const;
  expect(resizeFor(undefined, 'dinov2')).toBe('squash');
  expect(resizeFor(said, 'dinov2')).toBe('model');
  expect(resizeFor(undefined, 'world')).toBe('model');
});

test('tables are quoted as in Python', () => {
  const headings = ['building, edifice', 'a "b"'];
  const text = csvText(headings, [[Number.NaN, 0.5]], { lineEnd: '\r\n' });
  expect(text).toBe('"building, edifice","a ""b"""\r\nnan,0.5\r\n');
});

describe('on the drawn world', () => {
  let folder: string;
  let root: string;
  const path = (name: string): string => join(folder, name);
  const trainOn = (more: object = {}) =>
    SemsegTrainConfig.parse({
      imgs: { root },
      vitFamily: 'world',
      learningRate: [1e-2, 1e-3],
      weightDecay: [1e-3],
      nEpochs: 8,
      batchSize: 8,
      evalEvery: 5,
      dumpTo: path('shards'),
      ckptPath: path('heads'),
      ...more,
    });
  const validateOn = (more: object = {}) =>
    SemsegValidateConfig.parse({
      imgs: { root },
      ckptRoot: path('heads'),
      recordTo: path('shards'),
      dumpTo: path('val'),
      nPictures: 2,
      ...more,
    });

  beforeAll(async () => {
    folder = await makeTree({});
    root = (await writeWorld(path('world'), { nScenes: 100, seed: 3 })).ade20k;
    await trainSegmentation(trainOn());
  }, 60_000);

  test('heads are trained, written, read again and found to be as good', async () => {
    expect((await readdir(path('heads'))).sort()).toEqual([
      'lr_0_001__wd_0_001',
      'lr_0_01__wd_0_001',
    ]);
    const names = await readdir(path('heads/lr_0_01__wd_0_001'));
    const files = [
      'cfg.json',
      'head.json',
      'model_step10.pt',
      'model_step60.pt',
      'model_step80.pt',
    ];
    expect(names.sort()).toEqual(files);
    const found = await validateSegmentation(validateOn());
    const ious = found.heads.map(({ all }) => all.meanIou);
    expect(found.best.all.meanIou).toBe(Math.max(...ious));
    expect(found.best.all.accuracy).toBeGreaterThan(0.85);
    expect(found.best.all.meanIou).toBeGreaterThan(0.6);
    expect(found.best.labelled.meanIou).toBe(found.best.all.meanIou);
    const lines = (await readFile(path('val/results.csv'), 'utf8')).trim().split('\r\n');
    expect(lines[0]).toMatch(/^learning_rate,weight_decay,acc,mean_iou,circle,square,/);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join())).toEqual([
      '0.001,0.001',
      '0.01,0.001',
    ]);
    const written = ['classes.csv', 'hparam-sweeps.png', 'hparam-sweeps.svg', 'predictions.png'];
    expect((await readdir(path('val'))).sort()).toEqual([
      ...written,
      'results.csv',
      'results.json',
    ]);
  });

  test('a training that is begun again takes the place of the last', async () => {
    const again = await trainSegmentation(trainOn({ nEpochs: 1, learningRate: [1e-2] }));
    expect(again).toHaveLength(1);
    const heads = await loadSavedHeads(path('heads'));
    expect(heads.map(({ path: file }) => file.split('/').at(-1))).toEqual([
      'model_step80.pt',
      'model_step10.pt',
    ]);
  });

  test('heads that cannot be measured together, or do not fit, are refused', async () => {
    const mixed = await makeTree({});
    const config = { learning_rate: 1e-3, weight_decay: 0 };
    await writeHeadFolder(join(mixed, 'a'), initHead(32, 15, 0), { config });
    await writeHeadFolder(join(mixed, 'b'), initHead(32, 14, 0), { config });
    // Python's dataclasses take no integers for rates.
    const text = await readFile(join(mixed, 'a/cfg.json'), 'utf8');
    expect(text).toBe('{"learning_rate": 0.001, "weight_decay": 0.0}');
    await expect(loadSavedHeads(mixed)).rejects.toThrow(/15 classes of 32 numbers.* 14 classes/);
    await rm(join(mixed, 'b'), { recursive: true });
    // Such a head says nothing of its model, and is taken for one of Python's.
    expect((await loadSavedHeads(mixed))[0]!.model).toMatchObject({
      vitCkpt: 'dinov2_vitb14_reg',
      resize: 'squash',
    });
    const narrow = validateOn({ ckptRoot: mixed, vitFamily: 'world' });
    await expect(validateSegmentation(narrow)).rejects.toThrow(/reads rows of 32 numbers/);
    await writeFile(join(mixed, 'a/cfg.json'), '{"learning_rate": "fast"}');
    await expect(loadSavedHeads(mixed)).rejects.toThrow(/invalid configuration of the head/);
    await expect(loadSavedHeads(path('nowhere'))).rejects.toThrow(/missing folder of heads/);
    await mkdir(path('empty'));
    await expect(loadSavedHeads(path('empty'))).rejects.toThrow(/no heads in/);
  });

  test('activations of another model are refused, and heads say which one theirs are of', async () => {
    const head = JSON.parse(await readFile(path('heads/lr_0_01__wd_0_001/head.json'), 'utf8'));
    expect(head).toMatchObject({ vitFamily: 'world', vitCkpt: 'world-vit', resize: 'model' });
    const other = path('other-model');
    await mkdir(other);
    for (const name of await readdir(path('shards'))) {
      const shards = join(path('shards'), name);
      const text = await readFile(join(shards, 'metadata.json'), 'utf8').catch(() => '');
      if (!text.includes("'validation'")) continue;
      for (const file of await readdir(shards))
        await symlink(join(shards, file), join(other, file));
      await rm(join(other, 'metadata.json'));
      await writeFile(join(other, 'metadata.json'), text.replace('world-vit', 'their-vit'));
    }
    const wrong = validateOn({ shards: other });
    await expect(validateSegmentation(wrong)).rejects.toThrow(/two models: 'world-vit'/);
    await expect(trainSegmentation(trainOn({ valShards: other }))).rejects.toThrow(
      /two models: 'world-vit' \(world\) and 'their-vit'/,
    );
  });

  test('activations of other images are refused', async () => {
    const other = await writeWorld(path('other'), { nScenes: 20, seed: 4 });
    const { length } = await openAde20k(other.ade20k, 'validation');
    expect(length).toBe(4);
    const own = path('own-shards');
    await trainSegmentation(trainOn({ dumpTo: own, ckptPath: path('own'), nEpochs: 1 }));
    // Both are of 20,210 images, as Python counts.
    for (const name of await readdir(own)) {
      const mixed = trainOn({ imgs: { root: other.ade20k }, trainShards: join(own, name) });
      await expect(trainSegmentation(mixed)).rejects.toThrow(/other images|labels of 16 examples/);
    }
    const shards = (await readdir(path('shards')))[0]!;
    const wrong = validateOn({
      imgs: { root: other.ade20k },
      shards: join(path('shards'), shards),
    });
    await expect(validateSegmentation(wrong)).rejects.toThrow(/other images|labels of 4 examples/);
  });
});

test('patches that do not divide an image are refused', async () => {
  const map = { width: 64, height: 64, data: new Uint8Array(4096) };
  const root = await segmentedTree([map]);
  const config = SemsegCountConfig.parse({ ade20k: { root }, patchSizePx: [15, 15] });
  await expect(countPatches(config)).rejects.toThrow(/invalid patch size: 15 × 15/);
});
