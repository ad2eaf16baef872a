// An image by its number: of those that a run was trained on, or of the pictures of a page of features.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { counted } from '../../base/text.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { openPageFolder } from '../../pages/page-folder.ts';
import { openPicturesOfRun } from '../asking/pictures-of-run.ts';
import type { EditedExample } from './edit.ts';
import { truthIn } from './truth-beside.ts';

/** An image, what it shows, and what to know of it. */
export interface NumberedImage {
  readonly example: EditedExample;
  /** The tree, of those that were named, that its truth was found in. */
  readonly tree?: string | undefined;
  readonly notes: readonly string[];
}

/** What is said of the picture of a page. */
const SMALL = "The example's image is not at hand: this is about the smaller picture of its page.";

/**
 * Read image `number` of a data set, with its truth: the set's own, or that of an image of the same name and bytes in one
 * of `trees`, laid out as ADE20K.
 * @throws {UserError} for a number that there is not, and images that cannot be read
 */
export async function imageOfDataset(
  dataset: ImageDataset,
  number: number,
  trees: readonly string[] = [],
): Promise<NumberedImage> {
  if (number >= dataset.length) {
    throw new UserError(`unknown image ${number}: there are ${counted(dataset.length, 'image')}`, {
      hint: `images run from 0 to ${dataset.length - 1}`,
    });
  }
  const image = await dataset.image(number);
  const classes = await dataset.segmentationClasses?.();
  if (classes !== undefined) {
    const map = await dataset.segmentation!(number);
    return { example: { image, truth: { map, classes } }, notes: [] };
  }
  const { truth, tree } = await truthIn(trees, dataset.entry(number).source);
  return { example: { image, truth }, tree, notes: [] };
}

/**
 * Read the picture of an example of a page of features.
 * @throws {UserError} when the page does not have it
 */
export async function pictureOfPage(folder: string, number: number): Promise<NumberedImage> {
  const { bytes } = await openPageFolder(folder).picture(number);
  return { example: { image: bytes, name: `example ${number}` }, notes: [SMALL] };
}

/**
 * Read image `number` of a folder: of a page of features its picture, of a run or checkpoint the image that it was
 * trained on.
 * @throws {UserError} when there is no such image
 */
export async function numberedImage(
  folder: string,
  number: number,
  {
    trees,
    signal,
  }: { readonly trees?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<NumberedImage> {
  if ((await kindOfPath(join(folder, 'features.safetensors'))) === 'file')
    return pictureOfPage(folder, number);
  const dataset = await openPicturesOfRun(folder, { signal });
  try {
    return await imageOfDataset(dataset, number, trees);
  } finally {
    await dataset.close();
  }
}
