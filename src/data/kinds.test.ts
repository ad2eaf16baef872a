import { expect, test } from 'vitest';
import { z } from 'zod';
import { DATASET_KINDS } from './datasets/config.ts';
import { type DatasetKind, datasetKind } from './datasets/dataset-kind.ts';
import { isOneOf, kindOf, schemaOf } from './kinds.ts';
import { TEXT_KINDS } from './texts/config.ts';

const grey = datasetKind({
  schema: z.strictObject({ type: z.literal('grey'), n: z.int().default(3) }).describe('Grey.'),
  open: async ({ n }) => ({
    length: n,
    classes: ['grey'],
    entry: (index) => ({ index, source: `grey#${index}`, target: 0, label: 'grey' }),
    image: async () => ({ width: 1, height: 1, data: new Uint8Array(3).fill(128) }),
    close: async () => {},
  }),
  python: { original: 'GreyDataset', newer: 'Grey', fields: ['n'] },
});
const kinds = [...DATASET_KINDS, grey] as const;
const schema = schemaOf(kinds);

test('a kind in the list is a choice of the schema, and can be opened', async () => {
  const config = schema.parse({ type: 'grey' });
  expect(config).toEqual({ type: 'grey', n: 3 });
  const dataset = await kindOf<DatasetKind>(kinds, config).open(config, {});
  expect(dataset.length).toBe(3);
  expect(dataset.entry(2).source).toBe('grey#2');
});

test('the first kind is meant where none is named', () => {
  expect(schema.parse({})).toEqual({
    type: 'imagenet',
    name: 'ILSVRC/imagenet-1k',
    split: 'train',
  });
  expect(schemaOf([grey, ...DATASET_KINDS]).parse({ n: 1 })).toEqual({ type: 'grey', n: 1 });
});

test('settings of another kind, and kinds that are not there, are refused', () => {
  expect(schema.safeParse({ type: 'grey', split: 'train' }).success).toBe(false);
  expect(schema.safeParse({ type: 'gray' }).success).toBe(false);
  expect(() => kindOf(DATASET_KINDS, { type: 'grey' })).toThrow(RangeError);
});

test('a set is told to be of images or of texts', () => {
  expect(isOneOf(kinds, { type: 'grey' })).toBe(true);
  expect(isOneOf(TEXT_KINDS, { type: 'grey' })).toBe(false);
  expect(isOneOf(TEXT_KINDS, { type: 'text-world' })).toBe(true);
});
