import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
import { encodePng } from '../images/encode.ts';
import { openAde20k } from './ade20k.ts';

interface Expected {
  images: string[];
  categories: string[];
  splits: Record<'training' | 'validation', [string, string, string, number][]>;
}
const expected: Expected = JSON.parse(readFileSync('fixtures/images/expected.json', 'utf8')).ade20k;

const photo = readFileSync('fixtures/images/files/tall.jpg');
const mapOf = (image: string) => image.replace('images', 'annotations').replace('.jpg', '.png');
/** A map of one pixel that tells which image it belongs to. */
const mapFile = (number: number) => encodePng({ width: 1, height: 1, data: Uint8Array.of(number) });

async function tree(change: (files: Record<string, string | Uint8Array>) => void = () => {}) {
  const files: Record<string, string | Uint8Array> = {
    'sceneCategories.txt': `${expected.categories.join('\n')}\n`,
  };
  for (const [i, image] of expected.images.entries()) {
    files[image] = photo;
    files[mapOf(image)] = await mapFile(i);
  }
  change(files);
  return makeTree(files);
}

test('training images, labels and classes are those of the original', async () => {
  const root = await tree();
  const dataset = await openAde20k(root, 'training');
  const wanted = expected.splits.training;
  expect(dataset.length).toBe(wanted.length);
  for (const [index, [image, , label, target]] of wanted.entries()) {
    const { source, ...entry } = dataset.entry(index);
    expect(relative(root, source)).toBe(image);
    expect(entry).toEqual({ index, label, target });
    const map = await dataset.segmentation!(index);
    expect([...map.data]).toEqual([expected.images.indexOf(image)]);
    expect(await dataset.image(index)).toMatchObject({ width: 60, height: 133 });
  }
});

test('validation images have the labels of their own names, where the original takes the first lines', async () => {
  const root = await tree();
  const dataset = await openAde20k(root, 'validation');
  const found = [0, 1].map((i) => dataset.entry(i));
  expect(found.map(({ source }) => relative(root, source))).toEqual(
    expected.splits.validation.map(([image]) => image),
  );
  expect(found.map(({ label }) => label)).toEqual(['bathroom', 'abbey']);
  expect(found.map(({ target }) => dataset.classes[target])).toEqual(['bathroom', 'abbey']);
});

describe('bad input', () => {
  const first = 'images/training/ADE_train_00000001.jpg';
  test.each<[string, (files: Record<string, string | Uint8Array>) => void, RegExp]>([
    ['a missing map', (f) => delete f[mapOf(first)], /missing segmentation map of .*00000001/],
    ['a missing image', (f) => delete f[first], /missing image of .*00000001/],
    [
      'two images of one name',
      (f) => {
        f[first.replace('.jpg', '.jpeg')] = photo;
      },
      /do not pair up/,
    ],
    [
      'a missing category',
      (f) => {
        f['sceneCategories.txt'] = expected.categories.slice(1).join('\n');
      },
      /missing scene category of .*00000001/,
    ],
    [
      'a line without category',
      (f) => {
        f['sceneCategories.txt'] += 'ADE_train_00000004\n';
      },
      /line 6 of/,
    ],
    ['no categories', (f) => delete f['sceneCategories.txt'], /missing scene categories/],
  ])('%s is refused', async (_, change, message) => {
    const root = await tree(change);
    await expect(openAde20k(root, 'training')).rejects.toThrow(message);
    await expect(openAde20k(root, 'training')).rejects.toThrow(UserError);
  });

  test('a root without the two folders, or without the split, is refused', async () => {
    const root = await tree();
    await expect(openAde20k(join(root, 'images'), 'training')).rejects.toThrow(/missing folder/);
    await rm(join(root, 'annotations', 'validation'), { recursive: true });
    await expect(openAde20k(root, 'validation')).rejects.toThrow(/missing split/);
  });
});
