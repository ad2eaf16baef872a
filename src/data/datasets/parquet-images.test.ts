import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { AsyncBuffer } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
import { openImagenet } from './imagenet.ts';
import { openParquetImages, type ParquetImagesOptions } from './parquet-images.ts';
import { shardsOfSplit } from './parquet-splits.ts';

interface Expected {
  classes: string[];
  labels: number[];
  rgb: (string | null)[];
}
const expected: Expected = JSON.parse(
  readFileSync('fixtures/images/expected.json', 'utf8'),
).parquet;
const content = readFileSync('fixtures/images/images.parquet');
const rows = expected.labels.length;
const BAD = [7, 9];
const FOOTER_START = content.length - 8 - content.readUInt32LE(content.length - 8);

/** Bytes in memory that count what is read of them. */
function counted(bytes: Uint8Array): AsyncBuffer & { reads: [number, number][] } {
  const whole = new Uint8Array(bytes).buffer;
  const reads: [number, number][] = [];
  return {
    byteLength: whole.byteLength,
    reads,
    async slice(start, end = whole.byteLength) {
      reads.push([start, end]);
      return whole.slice(start, end);
    },
  };
}

function open(buffers: AsyncBuffer[], options: ParquetImagesOptions = { labels: 'now' }) {
  const sources = buffers.map((buffer, i) => ({ name: `f${i}.parquet`, open: async () => buffer }));
  return openParquetImages(sources, options);
}

const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

test('every image and label of a file is the one that Python stored', async () => {
  const dataset = await open([counted(content)]);
  expect(dataset.length).toBe(rows);
  expect(dataset.classes).toEqual(expected.classes);
  for (let i = 0; i < rows; i++) {
    const target = expected.labels[i]!;
    expect(dataset.entry(i)).toEqual({
      index: i,
      source: `f0.parquet#${i}`,
      target,
      label: expected.classes[target] ?? '',
    });
    if (!BAD.includes(i)) expect(sha((await dataset.image(i)).data)).toBe(expected.rgb[i]);
  }
});

test('rows of several files are numbered through', async () => {
  const dataset = await open([counted(content), counted(content)]);
  expect(dataset.length).toBe(2 * rows);
  expect(dataset.entry(rows + 2)).toMatchObject({ index: rows + 2, source: 'f1.parquet#2' });
  expect(sha((await dataset.image(rows + 2)).data)).toBe(expected.rgb[2]);
});

test('an image that is missing or broken is named by file and row', async () => {
  const dataset = await open([counted(content), counted(content)]);
  await expect(dataset.image(7)).rejects.toThrow(/f0\.parquet#7.*no bytes/);
  await expect(dataset.image(rows + 9)).rejects.toThrow(/f1\.parquet#9.*unsupported/);
});

test('a block of rows is read once for all the images in it', async () => {
  const buffer = counted(content);
  const dataset = await open([buffer], { labels: 'with images' });
  const before = buffer.reads.length;
  await Promise.all([0, 1, 2, 3, 4].map((i) => dataset.image(i)));
  const once = buffer.reads.length;
  expect(once).toBeGreaterThan(before);
  await dataset.image(1);
  expect(buffer.reads.length).toBe(once);
});

test('a large row group is read in parts', async () => {
  const buffer = counted(content);
  const dataset = await open([buffer], { labels: 'with images', blockBytes: 1500 });
  expect(sha((await dataset.image(12)).data)).toBe(expected.rgb[12]);
  expect(dataset.entry(12).target).toBe(expected.labels[12]);
  expect(dataset.entry(14).target).toBe(-1); // of the same row group, in another part
});

test('without labels at the start, an image brings those of its block', async () => {
  const dataset = await open([counted(content)], { labels: 'with images' });
  expect(dataset.entry(1)).toMatchObject({ target: -1, label: '' });
  await dataset.image(0);
  expect(dataset.entry(1)).toMatchObject({ target: 1, label: expected.classes[1] });
  expect(dataset.entry(5)).toMatchObject({ target: -1 });
});

test('labels can be looked up without their images', async () => {
  const buffer = counted(content);
  const dataset = await open([buffer], { labels: 'with images' });
  expect(dataset.entry(1).label).toBe('');
  const before = buffer.reads.length;
  const looked = await Promise.all([0, 1, 2].map((index) => dataset.lookUp!(index)));
  expect(looked.map(({ target }) => target)).toEqual(expected.labels.slice(0, 3));
  expect(looked[1]).toEqual(dataset.entry(1));
  const bytes = buffer.reads.slice(before).reduce((sum, [from, to]) => sum + to - from, 0);
  expect(bytes).toBeLessThan(content.length / 10);
});

describe('a folder of parquet files', () => {
  test('gives the split that is asked for, in order', async () => {
    const root = await makeTree({
      'data/train-00001-of-00002.parquet': content,
      'data/train-00000-of-00002.parquet': content,
      'data/validation-00000-of-00001.parquet': content,
      'README.md': '# images',
    });
    const train = await openImagenet({ name: 'org/x', split: 'train', root });
    expect(train.length).toBe(2 * rows);
    expect(train.entry(0).source).toBe(`${join(root, 'data/train-00000-of-00002.parquet')}#0`);
    expect(train.entry(rows).source).toBe(`${join(root, 'data/train-00001-of-00002.parquet')}#0`);
    const validation = await openImagenet({ name: 'org/x', split: 'validation', root });
    expect(validation.length).toBe(rows);
    await expect(openImagenet({ name: 'org/x', split: 'tset', root })).rejects.toThrow(
      /unknown split: 'tset'/,
    );
    const file = join(root, 'data/train-00001-of-00002.parquet');
    expect((await openImagenet({ name: 'org/x', split: 'train', root: file })).length).toBe(rows);
  });

  test.each<[string, string[], string[]]>([
    ['train', ['a.parquet', 'b.txt'], ['a.parquet']],
    [
      'train',
      ['x/training/2.parquet', 'x/training/10.parquet'],
      ['x/training/10.parquet', 'x/training/2.parquet'],
    ],
    ['validation', ['val-0.parquet', 'trained.parquet'], ['val-0.parquet']],
    ['tiny', ['tiny-0.parquet', 'train-0.parquet'], ['tiny-0.parquet']],
  ])('the split %s of %j is %j', (split, paths, wanted) => {
    expect(shardsOfSplit(paths, split, 'here')).toEqual(wanted);
  });

  test('a missing part of a numbered split is named', () => {
    const paths = ['train-00000-of-00003.parquet', 'train-00002-of-00003.parquet'];
    expect(() => shardsOfSplit(paths, 'train', 'here')).toThrow(/number 1 of 3/);
  });

  test('without parquet files, or missing, it is refused', async () => {
    const root = await makeTree({ 'a.txt': '' });
    await expect(openImagenet({ name: 'x', split: 'train', root })).rejects.toThrow(
      /no parquet file/,
    );
    await expect(
      openImagenet({ name: 'x', split: 'train', root: join(root, 'y') }),
    ).rejects.toThrow(/missing folder/);
  });
});

describe('bad input', () => {
  test.each([
    ['an empty file', new Uint8Array(0)],
    ['text', new TextEncoder().encode('this is no parquet file, whatever its name says')],
    ['a truncated file', content.subarray(0, content.length - 100)],
    ['a file whose footer is too long', withFooterLength(0x7fffffff)],
    ['a damaged footer', damaged(FOOTER_START + 10, 100)],
  ])('%s is refused with its name', async (_, bytes) => {
    const failure = await open([counted(bytes)]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toContain("'f0.parquet'");
  });

  test('damage to any byte of the footer gives a dataset or a UserError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: FOOTER_START, max: content.length - 1 }),
        fc.nat(255),
        async (at, value) => {
          const bytes = new Uint8Array(content);
          bytes[at] = value;
          try {
            const dataset = await open([counted(bytes)]);
            await dataset.image(0);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('damaged rows end the job rather than pass for bad images', async () => {
    const dataset = await open([counted(damaged(4, 3000))], { labels: 'with images' });
    const failure = await dataset.image(0).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).name).toBe('UserError');
    expect((failure as Error).message).toContain("'f0.parquet'");
  });
});

function withFooterLength(length: number): Uint8Array {
  const bytes = new Uint8Array(content);
  new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true);
  return bytes;
}

function damaged(at: number, length: number): Uint8Array {
  return new Uint8Array(content).fill(0xff, at, at + length);
}
