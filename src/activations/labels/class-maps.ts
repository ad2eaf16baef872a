// Segmentation maps of a set of images: the class of each pixel.
import { UserError } from '../../base/errors.ts';
import { readImageSize } from '../../data/images/image-size.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import type { ClassMap } from './seen-class-map.ts';

/** Images with segmentation maps, and the names of their classes. */
export interface SegmentedImages {
  readonly dataset: ImageDataset;
  /** Names by number; 0 is nothing that was labelled. */
  readonly classes: readonly string[];
  /** Read the map of an image, 8-bit class numbers `[height, width]`, of the size of the image. */
  classMap(example: number): Promise<ClassMap>;
}

/**
 * Make ready the maps of a set of images.
 * @throws {UserError} when the set has none, or no names for their classes; reading a map throws one when it has another
 * size than its image, or a number that is no class.
 */
export async function segmentedImages(dataset: ImageDataset): Promise<SegmentedImages> {
  if (dataset.segmentation === undefined || dataset.segmentationClasses === undefined)
    throw new UserError('these images have no segmentation maps', {
      hint: 'name a folder laid out as ADE20K, with annotations/ and objectInfo150.txt: --imgs.type ade20k --imgs.root …',
    });
  const classes = await dataset.segmentationClasses();
  return {
    dataset,
    classes,
    async classMap(example) {
      const map = await dataset.segmentation!(example);
      const { source } = dataset.entry(example);
      const image = await readImageSize(source);
      if (map.width !== image.width || map.height !== image.height)
        throw new UserError(
          `the segmentation map of '${source}' has ${map.width} × ${map.height} pixels, the image ${image.width} × ${image.height}`,
          { hint: 'a map says of each pixel of its image which class it shows' },
        );
      const wrong = map.data.find((number) => number >= classes.length);
      if (wrong !== undefined)
        throw new UserError(
          `the segmentation map of '${source}' has class ${wrong}, and the table of classes ends with ${classes.length - 1}`,
          { hint: 'objectInfo150.txt lists the classes by the numbers in the maps' },
        );
      return map;
    },
  };
}
