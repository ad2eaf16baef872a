import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { ActivationsConfig, DataLoad } from '../config.ts';
import { record } from '../job.ts';
import type { OpenOptions } from '../open-options.ts';
import { openSource } from '../source.ts';
import { refuseTrainedImages } from './trained-images.ts';

const NAMES = ['photo.jpg', 'grey.jpg', 'cmyk.jpg', 'palette.png', 'plain.pgm', 'packed.ppm'];
const PARQUET = 'fixtures/images/images.parquet';
let folder: string;
/** `all` holds two folders of classes, and `other` other images of the same names. */
let all: string;
let other: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-trained-images-'));
  [all, other] = [join(folder, 'all'), join(folder, 'other')];
  await copy(join(all, 'a', 'left'), NAMES.slice(0, 3));
  await copy(join(all, 'b', 'right'), NAMES.slice(3));
  await copy(join(other, 'a'), NAMES, 1);
});
afterAll(() => rm(folder, { recursive: true }));

/** Copy images; `turn` gives each the name of one before it. */
async function copy(root: string, names: readonly string[], turn = 0): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [i, name] of names.entries()) {
    const from = names[(i + turn) % names.length]!;
    await cp(join('fixtures/images/files', from), join(root, name));
  }
}

const imageFolder = (root: string): DatasetConfig =>
  DatasetConfig.parse({ type: 'image-folder', root });
const parquet = (split: string): DatasetConfig =>
  DatasetConfig.parse({ type: 'imagenet', root: PARQUET, split });

async function recorded(name: string, data: DatasetConfig): Promise<string> {
  const dumpTo = join(folder, name);
  const asked = { data, dumpTo, vitFamily: 'world', vitLayers: [-2], threads: 1 } as const;
  return (await record(ActivationsConfig.parse(asked))).folder;
}

/** Open images that a model runs along over, or were recorded, with rows to validate on. */
async function open(
  data: DatasetConfig | string,
  choice: Partial<NonNullable<OpenOptions['validation']>>,
): Promise<void> {
  const read =
    typeof data === 'string' ? { shardRoot: data } : { live: { vitFamily: 'world', images: data } };
  const validation = { seed: 0, nRows: 200, ...choice };
  const { source } = await openSource(DataLoad.parse(read), { threads: 1, validation });
  await source.close();
}

const refusal = (n: number, share: string): object => ({
  name: 'UserError',
  message: `invalid validation data: training reads ${n} image${n === 1 ? '' : 's'} to validate on, ${share}% of them`,
  hint: expect.stringContaining('--val-share'),
});

test('folders of images that lie in one another are not validated on', async () => {
  const part = imageFolder(join(all, 'a'));
  const link = join(folder, 'link');
  await symlink(all, link);
  await expect(open(imageFolder(all), { images: part })).rejects.toMatchObject(refusal(3, '100.0'));
  await expect(open(part, { images: imageFolder(link) })).rejects.toMatchObject(refusal(3, '50.0'));
  await open(imageFolder(all), { images: imageFolder(other) });
  await open(part, { images: imageFolder(join(all, 'b')) });
});

test('nor are copies, which have the names and the bytes', async () => {
  const copies = join(folder, 'copies');
  await copy(join(copies, 'all of them'), NAMES.slice(1, 5));
  await expect(open(imageFolder(all), { images: imageFolder(copies) })).rejects.toMatchObject(
    refusal(4, '100.0'),
  );
  const shardRoot = await recorded('of copies', imageFolder(copies));
  await expect(open(imageFolder(all), { shardRoot })).rejects.toMatchObject(refusal(4, '100.0'));
  for (const name of NAMES.slice(1, 5)) {
    const path = join(copies, 'all of them', name);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
  }
  await open(imageFolder(all), { images: imageFolder(copies) });
});

test('nor are recordings of them', async () => {
  const whole = await recorded('whole', imageFolder(all));
  const part = await recorded('part', imageFolder(`${join(all, 'a')}/`));
  const others = await recorded('others', imageFolder(other));
  await expect(open(whole, { shardRoot: part })).rejects.toMatchObject(refusal(3, '100.0'));
  await expect(open(part, { shardRoot: whole })).rejects.toMatchObject(refusal(3, '50.0'));
  await expect(open(imageFolder(all), { shardRoot: part })).rejects.toMatchObject(
    refusal(3, '100.0'),
  );
  await open(whole, { shardRoot: others });
  await open(imageFolder(all), { shardRoot: others });
});

test('nor are parts of a set that overlap', async () => {
  const set = async (split: string) => {
    const config = parquet(split);
    return { config, dataset: await openDataset(config) };
  };
  const [first, later, rest] = [
    await set('train[:4]'),
    await set('train[3:]'),
    await set('train[4:]'),
  ];
  await expect(refuseTrainedImages(first, later)).rejects.toMatchObject(refusal(1, '25.0'));
  await refuseTrainedImages(first, rest);
});

test('a recording whose images are gone is read', async () => {
  const gone = join(folder, 'gone');
  await cp(join(all, 'a'), gone, { recursive: true });
  const shardRoot = await recorded('of gone', imageFolder(gone));
  await rm(gone, { recursive: true });
  await open(imageFolder(all), { shardRoot });
});
