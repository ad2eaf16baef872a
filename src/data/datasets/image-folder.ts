// Images in one folder per class, numbered as torchvision's `ImageFolder` numbers them.
import { UserError } from '../../base/errors.ts';
import { classFiles, findClasses } from '../files/walk.ts';
import { decodeImage } from '../images/decode.ts';
import type { ImageDataset, ImageEntry } from '../images/images.ts';

/**
 * Open the folder `root`, whose folders are the classes. Classes and files are in the order of Python's `sorted`.
 *
 * @throws UserError if `root` is missing or empty, holds no class folder, or a class has no image.
 */
export async function openImageFolder(root: string): Promise<ImageDataset> {
  const classes = await findClasses(root);
  const files = await classFiles(root, classes);
  const file = (index: number) => files[checkIndex(index, files.length)]!;
  return {
    length: files.length,
    classes,
    entry(index): ImageEntry {
      const { path, target } = file(index);
      return { index, source: path, target, label: classes[target]! };
    },
    image: async (index) => decodeImage(file(index).path),
    close: async () => {},
  };
}

/** Refuse an index that is not that of an image. */
export function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new UserError(`invalid image number: ${index}`, {
    hint: length === 0 ? 'the dataset is empty' : `images are numbered 0 to ${length - 1}`,
  });
}
