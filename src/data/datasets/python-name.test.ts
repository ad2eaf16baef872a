import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { unpickle } from '../../formats/torch/pickle.ts';
import { PyObject } from '../../formats/torch/pickle-values.ts';
import { DatasetConfig, type DatasetConfigInput } from './config.ts';
import { openDataset } from './open-dataset.ts';
import { countAsPython, pickledConfig, pythonName } from './python-name.ts';

const names: [DatasetConfigInput, string][] = JSON.parse(
  readFileSync('fixtures/images/expected.json', 'utf8'),
).names;

test.each(names)('the name of %j is what Python writes', (config, name) => {
  expect(pythonName(DatasetConfig.parse(config))).toBe(name);
});

test('a local copy does not change the name of an ImageNet dataset', () => {
  const config = DatasetConfig.parse({ type: 'imagenet', root: '/some/where' });
  expect(pythonName(config)).toBe(names[0]![1]);
});

test('an image folder is counted as Python counts it, and the difference is told', async () => {
  const root = await makeTree({ 'a/1.jpg': '', 'a/notes.txt': '', 'b/2.png': '' });
  const config = DatasetConfig.parse({ type: 'image-folder', root });
  const dataset = await openDataset(config);
  expect(countAsPython(config, dataset)).toEqual({
    images: 2,
    asPython: 3,
    difference: `3 files, of which 2 are images in class folders; the others: '${join(root, 'a/notes.txt')}'`,
  });
});

test('an image folder of images only has nothing to tell', async () => {
  const root = await makeTree({ 'a/1.jpg': '', 'b/2.png': '' });
  const config = DatasetConfig.parse({ type: 'image-folder', root });
  expect(countAsPython(config, await openDataset(config))).toEqual({
    images: 2,
    asPython: 2,
    difference: undefined,
  });
});

test('never fewer are counted than there are, or the last ones would find no place', () => {
  const folder = DatasetConfig.parse({ type: 'image-folder' });
  const walked = { nFiles: 8, others: [] };
  expect(countAsPython(folder, { length: 12, walked })).toMatchObject({ asPython: 12 });
  const ade20k = DatasetConfig.parse({ type: 'ade20k', split: 'validation' });
  expect(countAsPython(ade20k, { length: 3000 })).toMatchObject({ asPython: 3000 });
});

test('ADE20K counts as the full dataset, a smaller tree says so', async () => {
  const root = await makeTree({
    'images/validation/x.jpg': '',
    'annotations/validation/x.png': '',
    'sceneCategories.txt': 'x attic\n',
  });
  const config = DatasetConfig.parse({ type: 'ade20k', root, split: 'validation' });
  const dataset = await openDataset(config);
  expect(countAsPython(config, dataset)).toMatchObject({ images: 1, asPython: 2000 });
  expect(countAsPython(config, { length: 2000 })).toMatchObject({ difference: undefined });
  const training = DatasetConfig.parse({ type: 'ade20k', root });
  expect(countAsPython(training, dataset)).toMatchObject({ asPython: 20_210 });
});

test('ImageNet counts its rows', async () => {
  const root = await makeTree({
    'train.parquet': readFileSync('fixtures/images/images.parquet'),
  });
  const config = DatasetConfig.parse({ type: 'imagenet', root: join(root, 'train.parquet') });
  const dataset = await openDataset(config);
  expect(countAsPython(config, dataset)).toMatchObject({ images: 23, asPython: 23 });
});

describe('pickledConfig', () => {
  it.each([
    [{ type: 'image-folder', root: './photos' }, 'ImgFolder', { root: './photos' }],
    [
      { type: 'ade20k', root: 'ä', split: 'validation' },
      'ImgSegFolder',
      { root: 'ä', split: 'validation' },
    ],
    [{}, 'Imagenet', { name: 'ILSVRC/imagenet-1k', split: 'train' }],
  ])('writes %j as an object of newer saev', (input, name, fields) => {
    const bytes = Uint8Array.from(Buffer.from(pickledConfig(DatasetConfig.parse(input)), 'base64'));
    const { value } = unpickle(bytes, {
      name: 'metadata',
      isRecord: (className) => className === `saev.data.datasets.${name}`,
    });
    expect(value).toBeInstanceOf(PyObject);
    expect(Object.fromEntries((value as PyObject).state)).toEqual(fields);
  });
});
