import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenMap, segmentedTree } from '../../../test/helpers/class-maps.ts';
import { segmentedImages } from '../../activations/labels/class-maps.ts';
import { labelPatches } from '../../activations/labels/label-patches.ts';
import { type ClassMap, seenClassMap } from '../../activations/labels/seen-class-map.ts';
import { patchGeometryOfShards } from '../../activations/labels/shard-geometry.ts';
import { worldTransform } from '../../backbones/vision/families/world.ts';
import { openAde20k } from '../../data/datasets/ade20k.ts';
import { encodePng } from '../../data/images/encode.ts';
import { confidentLabels, patchLabels } from './patch-labels.ts';

const geometry = { grid: 8, transform: worldTransform() };

test('every patch has a class that no other outnumbers, and its share', () => {
  const map = fc.uint8Array({ minLength: 64, maxLength: 64, max: 4 });
  fc.assert(
    fc.property(map, (data) => {
      const out = { numbers: new Int32Array(4), share: new Float32Array(4) };
      labelPatches({ width: 8, height: 8, data }, 2, out);
      for (let patch = 0; patch < 4; patch++) {
        const own = [...data].filter((_, p) => (p % 8 >= 4 ? 1 : 0) + (p >= 32 ? 2 : 0) === patch);
        const counts = [0, 1, 2, 3, 4].map((number) => own.filter((n) => n === number).length);
        const most = Math.max(...counts);
        expect(out.numbers[patch]).toBe(counts.indexOf(most));
        expect(out.share[patch]).toBe(most / 16);
      }
    }),
  );
});

test('labels follow the images, and those below the threshold are none', async () => {
  const maps = [goldenMap(0, 64, 64), goldenMap(1, 96, 64), goldenMap(2, 64, 80)];
  const images = await segmentedImages(await openAde20k(await segmentedTree(maps), 'training'));
  const labels = await patchLabels(images, geometry);
  expect(labels.classes).toEqual(['unlabelled', ...[1, 2, 3, 4, 5, 6].map((i) => `class ${i}`)]);
  expect([labels.nExamples, labels.nTokens]).toEqual([3, 64]);
  const sure = confidentLabels(labels, { labelThreshold: 0.75 });
  const known = confidentLabels(labels, { keepUnlabelled: false });
  for (const [example, map] of maps.entries()) {
    const out = { numbers: new Int32Array(64), share: new Float32Array(64) };
    labelPatches(seenClassMap(map, geometry.transform), 8, out);
    for (let token = 0; token < 64; token++) {
      const number = out.numbers[token]!;
      expect(labels.classOf(example, token)).toBe(number);
      expect(sure.classOf(example, token)).toBe(out.share[token]! >= 0.75 ? number : -1);
      expect(known.classOf(example, token)).toBe(number === 0 ? -1 : number);
    }
  }
  expect([labels.classOf(0, -1), labels.classOf(0, 64), labels.classOf(3, 0)]).toEqual([
    -1, -1, -1,
  ]);
});

test('padding has no label', () => {
  const map = { width: 2, height: 2, data: Uint8Array.of(1, 2, 3, 4) };
  const transform = { ...worldTransform(4), resize: undefined };
  const seen = [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0];
  expect([...seenClassMap(map, transform).data]).toEqual(seen);
});

test('recorded activations know where their patches lie, also of models that are not at hand', async () => {
  const world = { family: 'world', checkpoint: 'world-vit', nPatches: 64 };
  expect(await patchGeometryOfShards(world)).toEqual(geometry);
  const far = await patchGeometryOfShards({
    family: 'dinov2',
    checkpoint: 'hf-hub:nobody/nothing',
    nPatches: 256,
  });
  expect(far).toMatchObject({ grid: 16, transform: { crop: { width: 224, height: 224 } } });
  await expect(patchGeometryOfShards({ ...world, nPatches: 50 })).rejects.toThrow('no square');
});

describe('bad input', () => {
  const map = goldenMap(0, 64, 64);
  const label = async (
    maps: readonly ClassMap[],
    change?: (files: Record<string, string | Uint8Array>) => void,
  ) => {
    const root = await segmentedTree(maps, change);
    return patchLabels(await segmentedImages(await openAde20k(root, 'training')), geometry);
  };

  test('a map of another size', async () => {
    const small = await encodePng(goldenMap(0, 32, 32));
    const spoilt = label([map], (files) => {
      files['annotations/training/0.png'] = small;
    });
    await expect(spoilt).rejects.toThrow(/has 32 × 32 pixels, the image 64 × 64/);
  });

  test('a class beyond the table', async () => {
    const high = { ...map, data: map.data.map((n) => (n === 6 ? 7 : n)) };
    await expect(label([high])).rejects.toThrow(
      /has class 7, and the table of classes ends with 6/,
    );
  });

  test('a missing table, and damaged ones', async () => {
    const root = await segmentedTree([map]);
    await rm(`${root}/objectInfo150.txt`);
    await expect(segmentedImages(await openAde20k(root, 'training'))).rejects.toThrow(
      /objectInfo150.txt/,
    );
    for (const [text, said] of [
      ['1,wall', /its first line is '1,wall'/],
      ['Idx\tName\n1\twall\n1\tsky', /class 1 stands there twice/],
      ['Idx\tName\n1\twall\n3\tsky', /class 2 is missing/],
      ['Idx\tName\nx\twall', /line 2 is 'x\twall'|line 2 is 'x wall'/],
      ['Idx\tName\n', /lists no class/],
    ] as const) {
      const spoilt = label([map], (files) => {
        files['objectInfo150.txt'] = text;
      });
      await expect(spoilt).rejects.toThrow(said);
    }
  });
});
