// Caltech-101 (Li, Andreeto, Ranzato and Perona 2003), https://doi.org/10.22002/D1.20086: 101 classes, split at random.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { type PythonRandom, pythonRandom } from '../../../base/python-random/mersenne-twister.ts';
import { counted } from '../../../base/text.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import { unpackTarInZip } from '../archives/unpack.ts';
import { type Move, makeClassFolders, moveFiles } from './arrange.ts';
import { type Arranging, type LabelledSet, localFile } from './labelled-set.ts';

const log = logger('download');

const ARCHIVE = 'caltech-101.zip';
const IMAGES = 'caltech-101/101_ObjectCategories.tar.gz';
/** Pictures from elsewhere, which are no class. */
const BACKGROUND = 'BACKGROUND_Google';
const RAW = 'unpacked';

/** Endings that Python's saev takes for those of images, in this case alone. */
const ENDINGS = ['.jpg', '.jpeg', '.png'];

const N_TRAIN = 30;
const N_TEST = 50;

export const caltech101: LabelledSet = {
  name: 'caltech101',
  title: 'Caltech-101',
  files: [
    {
      url: 'https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip',
      format: 'zip',
      size: 137_414_764,
      md5: '3138e1922a9193bfa496528edbbc45d0',
    },
  ],
  unpackedSize: 140e6,
  parts: ['train', 'test'],
  splits: ['train', 'test'],
  seeded: true,
  arrange,
};

async function arrange(arranging: Arranging): Promise<void> {
  const { into, seed, signal } = arranging;
  const path = localFile(arranging, ARCHIVE);
  await mkdir(join(into, RAW));
  await unpackTarInZip(path, IMAGES, {
    into: join(into, RAW),
    place: (member) => {
      const [top, name, ...file] = member.split('/');
      if (top !== '101_ObjectCategories' || name === BACKGROUND) return undefined;
      return file.length === 1 ? `${name}/${file[0]}` : undefined;
    },
    signal,
  });
  const classes = (await readdir(join(into, RAW))).sort(compareCodePoints);
  if (classes.length === 0)
    throw new UserError(`no images in '101_ObjectCategories/' of '${path}'`, {
      hint: 'it is not the archive that the authors publish',
    });
  const random = pythonRandom(seed);
  const moves: Move[] = [];
  for (const name of classes) {
    const split = splitClass(await readdir(join(into, RAW, name)), random);
    if (split.test.length === 0)
      log.warn(`${name} has ${counted(split.train.length, 'image')}: none is left for 'test'`);
    for (const [part, images] of Object.entries(split))
      for (const image of images)
        moves.push({ from: `${RAW}/${name}/${image}`, to: `${part}/${name}/${image}` });
  }
  await makeClassFolders(into, ['train', 'test'], classes);
  await moveFiles(into, moves, path);
}

/**
 * Split the files of a class as Python's saev does: images in order, shuffled by one generator over all classes, 30 for
 * training and at most 50 more for the test.
 */
export function splitClass(
  files: readonly string[],
  random: PythonRandom,
): { train: string[]; test: string[] } {
  const images = files.filter((file) => ENDINGS.some((ending) => file.endsWith(ending)));
  random.shuffle(images.sort(compareCodePoints));
  return {
    train: images.slice(0, N_TRAIN),
    test: images.slice(N_TRAIN, N_TRAIN + N_TEST),
  };
}
