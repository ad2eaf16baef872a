// Images in one folder per class, numbered as torchvision's `ImageFolder` numbers them.
import { relative } from 'node:path';
import { z } from 'zod';
import { classFiles, findClasses } from '../files/class-folders.ts';
import { originOfFiles } from '../files/data-origin.ts';
import { decodeImage } from '../images/decode.ts';
import type { ImageDataset, ImageEntry } from '../images/images.ts';
import { checkIndex, datasetKind } from './dataset-kind.ts';

/** A folder of class folders. Python counts every file below its root, whatever it is. */
export const imageFolder = datasetKind({
  schema: z
    .strictObject({
      type: z.literal('image-folder'),
      root: z
        .string()
        .min(1)
        .default('./data/split')
        .describe('Folder that holds one folder of images a class.'),
    })
    .describe('A folder of images, one folder a class.'),
  open: ({ root }) => openImageFolder(root),
  python: {
    original: 'ImageFolderDataset',
    newer: 'ImgFolder',
    fields: ['root'],
    count: (_, { walked, length }) => walked?.nFiles ?? length,
    difference: (_, { images, asPython }, { walked }) =>
      `${asPython} files, of which ${images} are images in class folders; the others: ${someOf(walked?.others ?? [])}`,
  },
});

/**
 * Open the folder `root`, whose folders are the classes. Classes and files are in the order of Python's `sorted`.
 *
 * @throws {UserError} when `root` is missing or empty, holds no class folder, or a class has no image.
 */
export async function openImageFolder(root: string): Promise<ImageDataset> {
  const classes = await findClasses(root);
  const { images: files, nWalked: nFiles, others } = await classFiles(root, classes);
  const file = (index: number) => files[checkIndex(index, files.length)]!;
  return {
    length: files.length,
    classes,
    entry(index): ImageEntry {
      const { path, target } = file(index);
      return { index, source: path, target, label: classes[target]! };
    },
    image: async (index) => decodeImage(file(index).path),
    origin: () =>
      originOfFiles(
        root,
        files.map(({ path }) => relative(root, path)),
      ),
    walked: { nFiles, others },
    close: async () => {},
  };
}

/** Most files to name that are no images. */
const MOST_NAMED = 5;

function someOf(paths: readonly string[]): string {
  const named = paths.slice(0, MOST_NAMED).map((path) => `'${path}'`);
  const more = paths.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
