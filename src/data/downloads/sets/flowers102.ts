// Oxford's 102 flowers (Nilsback and Zisserman 2008), https://www.robots.ox.ac.uk/~vgg/data/flowers/102/: classes 1 to 102.
import { UserError } from '../../../base/errors.ts';
import { type MatVariable, readMat } from '../../../formats/mat/mat-file.ts';
import { unpackTar } from '../archives/unpack.ts';
import { makeClassFolders, moveFiles } from './arrange.ts';
import { type Arranging, type LabelledSet, localFile } from './labelled-set.ts';

const IMAGES = '102flowers.tgz';
const LABELS = 'imagelabels.mat';
const SPLITS = 'setid.mat';
const AT = 'https://www.robots.ox.ac.uk/~vgg/data/flowers/102/';

/** Splits, and the variables that list their images; an image of several belongs to the first. */
const VARIABLES = { train: 'trnid', val: 'valid', test: 'tstid' } as const;
const NAMES = ['train', 'val', 'test'] as const;

export const flowers102: LabelledSet = {
  name: 'flowers102',
  title: 'Oxford Flowers 102',
  files: [
    {
      url: `${AT}${IMAGES}`,
      format: 'tgz',
      size: 344_862_509,
      md5: '52808999861908f626f3c1f4e79d11fa',
    },
    {
      url: `${AT}${LABELS}`,
      format: 'mat',
      size: undefined,
      md5: 'e0620be6f572b9609742df49c70aed4d',
    },
    {
      url: `${AT}${SPLITS}`,
      format: 'mat',
      size: undefined,
      md5: 'a5357ecc9cb78c4bef273ce3793fc85c',
    },
  ],
  unpackedSize: 350e6,
  parts: NAMES,
  splits: NAMES,
  arrange,
};

async function arrange(arranging: Arranging): Promise<void> {
  const { into, signal } = arranging;
  const path = localFile(arranging, IMAGES);
  const labelFile = localFile(arranging, LABELS);
  const labels = numbersOf(await readMat(labelFile), 'labels', labelFile);
  const splitOf = await readSplits(localFile(arranging, SPLITS));
  const moves = labels.map((label, i) => {
    const image = `image_${String(i + 1).padStart(5, '0')}.jpg`;
    const split = splitOf(i + 1);
    return { from: `jpg/${image}`, to: `${split}/${label}/${image}` };
  });
  await unpackTar(path, {
    into,
    place: (member) => (member.startsWith('jpg/') ? member : undefined),
    signal,
  });
  await makeClassFolders(into, NAMES, [...new Set(labels)].map(String));
  await moveFiles(into, moves, path);
}

async function readSplits(path: string): Promise<(image: number) => string> {
  const variables = await readMat(path);
  const sets = NAMES.map((name) => {
    const images = new Set(numbersOf(variables, VARIABLES[name], path));
    return { name, images };
  });
  return (image) => {
    const found = sets.find(({ images }) => images.has(image));
    if (found !== undefined) return found.name;
    throw new UserError(`image ${image} is in no split of '${path}'`, {
      hint: `it and '${LABELS}' must be of one version`,
    });
  };
}

/** All numbers of a variable; they count classes or images, from 1. */
function numbersOf(
  variables: ReadonlyMap<string, MatVariable>,
  name: string,
  path: string,
): number[] {
  const variable = variables.get(name);
  if (variable === undefined)
    throw new UserError(`missing variable '${name}' in '${path}'`, {
      hint: `it has: ${[...variables.keys()].join(', ') || 'none'}`,
    });
  const numbers = Array.from(variable.read().data, Number);
  const odd = numbers.find((number) => !Number.isSafeInteger(number) || number < 1);
  if (odd === undefined) return numbers;
  throw new UserError(`invalid '${name}' in '${path}': ${odd} is no number from 1`);
}
