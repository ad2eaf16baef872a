// Parts of splits against the `datasets` library; fixtures/images/make_slices.py.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
import { openImagenet } from './imagenet.ts';
import { parseSlices, rowsOfSlice } from './slices.ts';

type Golden = [
  name: string,
  train: number,
  validation: number,
  rows: [string, number, number][] | null,
];
const golden: Golden[] = JSON.parse(readFileSync('fixtures/images/slices.json', 'utf8'));

test.each(golden)('%s of %i and %i rows', (name, train, validation, expected) => {
  const rows = () =>
    parseSlices(name).map((slice) => [
      slice.split,
      ...rowsOfSlice(slice, slice.split === 'train' ? train : validation),
    ]);
  if (expected === null) expect(rows).toThrow(UserError);
  else expect(rows()).toEqual(expected);
});

test('parts of splits are read as one set', async () => {
  const content = readFileSync('fixtures/images/images.parquet');
  const root = await makeTree({ 'train-0.parquet': content, 'validation-0.parquet': content });
  const open = (split: string) => openImagenet({ name: 'x', split, root });
  const train = await open('train');
  const parts = await open('train[-2:]+validation[:3]+train[4:5]');
  expect(parts.length).toBe(6);
  const sources = [0, 1, 2, 3, 4, 5].map((i) => parts.entry(i).source.replace(`${root}/`, ''));
  expect(sources.map((source) => source.replace('-0.parquet', ''))).toEqual([
    'train#21',
    'train#22',
    'validation#0',
    'validation#1',
    'validation#2',
    'train#4',
  ]);
  expect(parts.entry(5)).toEqual({ ...train.entry(4), index: 5 });
  expect(await parts.image(5)).toEqual(await train.image(4));
  expect(await parts.origin!()).toMatchObject({ files: 2 });
  expect((await open('train[:10%]')).length).toBe(2);
  await expect(open('train[5:5]')).rejects.toThrow('holds no image');
  await expect(open('tset[:10%]')).rejects.toThrow("unknown split: 'tset'");
});
