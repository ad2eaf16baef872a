// ADE20K (SceneParsing benchmark): images, one segmentation map per image, a scene category per image.
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readText } from '../../base/files.ts';
import { compareCodePoints } from '../../formats/python/python-json.ts';
import { classFiles, findClasses } from '../files/class-folders.ts';
import { originOfFiles } from '../files/data-origin.ts';
import { decodeClassMap } from '../images/class-map.ts';
import { decodeImage } from '../images/decode.ts';
import type { ImageDataset, ImageEntry } from '../images/images.ts';
import { checkIndex, datasetKind } from './dataset-kind.ts';
import { readClassNames } from './object-info.ts';

/** Images of each split, by definition of the benchmark. */
const SPLITS = { training: 20_210, validation: 2_000 };

/** A part of ADE20K. */
type Ade20kSplit = keyof typeof SPLITS;

/** ADE20K; Python counts what each split should have. */
export const ade20k = datasetKind({
  schema: z
    .strictObject({
      type: z.literal('ade20k'),
      root: z
        .string()
        .min(1)
        .default('./data/ade20k')
        .describe('Folder with images/, annotations/ and sceneCategories.txt.'),
      split: z.enum(['training', 'validation']).default('training').describe('Which part to read.'),
    })
    .describe('ADE20K scenes with their segmentation maps.'),
  open: ({ root, split }) => openAde20k(root, split),
  python: {
    original: 'Ade20kDataset',
    newer: 'ImgSegFolder',
    fields: ['root', 'split'],
    count: ({ split }) => SPLITS[split],
    difference: ({ split }, { images, asPython }) =>
      `ADE20K's ${split} split has ${asPython} images, this one ${images}`,
  },
});

/**
 * Open one split of the tree `root/{images,annotations}/{training,validation}/…` with `root/sceneCategories.txt`
 * (lines `name category`). Images are in the order of their names; classes are all categories of the file, sorted.
 * Categories are found by the image's name, maps by its path.
 *
 * @throws {UserError} when a part is missing, or images, maps and categories do not match.
 */
export async function openAde20k(root: string, split: Ade20kSplit): Promise<ImageDataset> {
  await checkTree(root);
  const images = await filesOfSplit(join(root, 'images'), split);
  const maps = await filesOfSplit(join(root, 'annotations'), split);
  checkPairs(root, images, maps);
  const categories = await readCategories(join(root, 'sceneCategories.txt'));
  const classes = [...new Set(categories.values())].sort(compareCodePoints);
  const numbers = new Map(classes.map((name, number) => [name, number]));
  const entries = images.map((source, index): ImageEntry => {
    const label = categories.get(withoutExtension(basename(source)));
    if (label === undefined)
      throw new UserError(`missing scene category of '${source}'`, {
        hint: `it needs a line in '${join(root, 'sceneCategories.txt')}'`,
      });
    return { index, source, target: numbers.get(label)!, label };
  });
  return {
    length: entries.length,
    classes,
    entry: (index) => entries[checkIndex(index, entries.length)]!,
    image: async (index) => decodeImage(images[checkIndex(index, images.length)]!),
    segmentation: async (index) => decodeClassMap(maps[checkIndex(index, maps.length)]!),
    segmentationClasses: () => readClassNames(root),
    origin: () =>
      originOfFiles(
        root,
        images.map((path) => relative(root, path)),
      ),
    close: async () => {},
  };
}

async function checkTree(root: string): Promise<void> {
  for (const name of ['images', 'annotations']) {
    if ((await kindOfPath(join(root, name))) === 'folder') continue;
    throw new UserError(`missing folder of ADE20K: '${join(root, name)}'`, {
      hint: "the root of ADE20K holds 'images/', 'annotations/' and 'sceneCategories.txt'; saev download ade20k gets it",
    });
  }
}

async function filesOfSplit(folder: string, split: Ade20kSplit): Promise<string[]> {
  const splits = await findClasses(folder);
  if (!splits.includes(split))
    throw new UserError(`missing split of ADE20K: '${join(folder, split)}'`, {
      hint: `found: ${splits.join(', ')}`,
    });
  return (await classFiles(folder, [split])).images.map(({ path }) => path);
}

function checkPairs(root: string, images: readonly string[], maps: readonly string[]): void {
  const name = (kind: string, path: string) => withoutExtension(relative(join(root, kind), path));
  const mapNames = new Set(maps.map((path) => name('annotations', path)));
  const imageNames = new Set(images.map((path) => name('images', path)));
  const bare = images.find((path) => !mapNames.has(name('images', path)));
  if (bare !== undefined) throw new UserError(`missing segmentation map of '${bare}'`);
  const lone = maps.find((path) => !imageNames.has(name('annotations', path)));
  if (lone !== undefined) throw new UserError(`missing image of the segmentation map '${lone}'`);
  const at = images.findIndex(
    (path, i) => maps[i] === undefined || name('images', path) !== name('annotations', maps[i]),
  );
  if (at >= 0 || images.length !== maps.length)
    throw new UserError(
      `invalid ADE20K tree: ${images.length} images and ${maps.length} maps do not pair up`,
      { hint: 'each name may stand there once, with one extension' },
    );
}

async function readCategories(path: string): Promise<Map<string, string>> {
  const lines = (await readText(path, 'scene categories of ADE20K')).split(/\r\n|\r|\n/);
  const categories = new Map<string, string>();
  for (const [number, line] of lines.entries()) {
    const [image, category] = line.trim().split(/\s+/);
    if (!image) continue;
    if (category === undefined)
      throw new UserError(
        `invalid scene categories: line ${number + 1} of '${path}' is '${line}'`,
        {
          hint: 'a line holds the name of an image and its category',
        },
      );
    categories.set(image, category);
  }
  return categories;
}

function withoutExtension(path: string): string {
  return path.replace(/\.[^./\\]*$/, '');
}
