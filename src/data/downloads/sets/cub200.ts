// Caltech-UCSD Birds 200-2011 (Wah, Branson, Welinder, Perona and Belongie 2011), https://doi.org/10.22002/D1.20098.
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { errorCode, UserError } from '../../../base/errors.ts';
import { unpackTar } from '../archives/unpack.ts';
import { makeClassFolders, moveFiles } from './arrange.ts';
import { type Arranging, type LabelledSet, localFile } from './labelled-set.ts';

const ARCHIVE = 'CUB_200_2011.tgz';
const TOP = 'CUB_200_2011';

/** Lists that say what is what: a number and its value on each line. */
const LISTS = {
  classes: 'classes.txt',
  images: 'images.txt',
  labels: 'image_class_labels.txt',
  split: 'train_test_split.txt',
};

export const cub200: LabelledSet = {
  name: 'cub200',
  title: 'CUB-200-2011',
  files: [
    {
      url: 'https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz',
      format: 'tgz',
      size: 1_150_585_339,
      md5: '97eceeb196236b17998738112f37df78',
    },
  ],
  unpackedSize: 1.2e9,
  parts: ['train', 'test'],
  splits: ['train', 'test'],
  arrange,
};

async function arrange(arranging: Arranging): Promise<void> {
  const { into, signal } = arranging;
  const path = localFile(arranging, ARCHIVE);
  const lists: readonly string[] = Object.values(LISTS);
  await unpackTar(path, {
    into,
    place: (member) => {
      const inside = member.startsWith(`${TOP}/`) ? member.slice(TOP.length + 1) : '';
      return lists.includes(inside) || inside.startsWith('images/') ? member : undefined;
    },
    signal,
  });
  const read = (name: string): Promise<Map<number, string>> =>
    readList(join(into, TOP, name), `${TOP}/${name}`, path);
  const classes = await read(LISTS.classes);
  const images = await read(LISTS.images);
  const labels = await read(LISTS.labels);
  const split = await read(LISTS.split);
  const classOf = new Map([...classes].map(([id, text]) => [String(id), text.split('.').at(-1)!]));
  const moves = [...images].map(([id, image]) => {
    const [label, isTrain] = [labels.get(id), split.get(id)];
    const name = label === undefined ? undefined : classOf.get(label);
    if (name === undefined || (isTrain !== '0' && isTrain !== '1'))
      throw new UserError(
        `image ${id} of '${path}' has ${name === undefined ? `no class (label '${label}')` : `no split ('${isTrain}')`}`,
        { hint: 'it is not the archive that the authors publish' },
      );
    const to = `${isTrain === '1' ? 'train' : 'test'}/${name}/${posix.basename(image)}`;
    return { from: `${TOP}/images/${image}`, to };
  });
  await makeClassFolders(into, ['train', 'test'], [...classOf.values()].map(checkClass));
  await moveFiles(into, moves, path);
}

/** Read lines of a number and a text; the text may have spaces. */
async function readList(path: string, name: string, archive: string): Promise<Map<number, string>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new UserError(`missing '${name}' in '${archive}'`, {
      hint: 'it is not the archive that the authors publish',
    });
  });
  const entries = new Map<number, string>();
  for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') continue;
    const [, number, value] = /^(\d+)\s(.*)$/.exec(line.trim()) ?? [];
    if (number === undefined || value === undefined)
      throw new UserError(`invalid line ${i + 1} of '${name}' in '${archive}': '${line}'`, {
        hint: 'a line is a number and its value',
      });
    entries.set(Number(number), value.trim());
  }
  return entries;
}

function checkClass(name: string): string {
  if (name !== '' && !/[/\\\0]|^\.+$/.test(name)) return name;
  throw new UserError(`invalid class name '${name}' in '${TOP}/${LISTS.classes}'`);
}
