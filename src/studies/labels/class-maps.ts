// Segmentation maps as a model would see them: the class of each pixel of its input.
import { UserError } from '../../base/errors.ts';
import { readImageSize } from '../../data/images/image-size.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { resizeRaster } from '../../data/images/resize.ts';
import { type ImageTransform, planGeometry } from '../../data/images/transform.ts';

/** Images with segmentation maps, and the names of their classes. */
export interface SegmentedImages {
  readonly dataset: ImageDataset;
  /** Names by number; 0 is nothing that was labelled. */
  readonly classes: readonly string[];
  /** Read the map of an image, 8-bit class numbers `[height, width]`, of the size of the image. */
  classMap(example: number): Promise<ClassMap>;
}

/** Numbers of classes, row-major `[height, width]`. */
export interface ClassMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
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

/**
 * Bring a map to the pixels that a model sees: resized without mixing (as Pillow's `NEAREST`), cut as the image is, class 0
 * where the image is padded.
 */
export function seenClassMap(map: ClassMap, transform: ImageTransform): ClassMap {
  const { resized, crop } = planGeometry(map, transform);
  const visible = {
    left: Math.max(0, crop.left),
    top: Math.max(0, crop.top),
    width: Math.min(crop.width, resized.width),
    height: Math.min(crop.height, resized.height),
  };
  const part = resizeRaster(
    { ...map, channels: 1 },
    { ...resized, interpolation: 'nearest', region: visible },
  );
  if (part.width === crop.width && part.height === crop.height)
    return { width: part.width, height: part.height, data: part.data };
  const data = new Uint8Array(crop.width * crop.height);
  const left = Math.max(0, -crop.left);
  const top = Math.max(0, -crop.top);
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    data.set(row, (top + y) * crop.width + left);
  }
  return { width: crop.width, height: crop.height, data };
}
