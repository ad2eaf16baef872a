// Folders of files in the order of torchvision (datasets/folder.py), so that image numbers are the same.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { hintForName } from '../../base/system/file-names.ts';
import { compareCodePoints } from '../../formats/python/python-json.ts';
import { listFolder, visit } from './tree.ts';

/** Endings of file names that count as images, in any case; torchvision's `IMG_EXTENSIONS`. */
const IMAGE_EXTENSIONS: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.png',
  '.ppm',
  '.bmp',
  '.pgm',
  '.tif',
  '.tiff',
  '.webp',
];

/** A file and the number of the class whose folder it is in. */
interface ClassFile {
  readonly path: string;
  readonly target: number;
}

/**
 * List the folders in `root` by name, links to folders included: they are the classes.
 *
 * @throws {UserError} when there are none.
 */
export async function findClasses(root: string): Promise<string[]> {
  const kind = await kindOfPath(root);
  if (kind !== 'folder')
    throw new UserError(
      kind === 'nothing'
        ? `missing image folder: '${root}'`
        : `invalid image folder: '${root}' is a file`,
      { hint: hintForName(root, 'give a folder that holds one folder of images per class') },
    );
  const { folders, files } = await listFolder(root);
  if (folders.length > 0) return folders.sort(compareCodePoints);
  throw new UserError(
    files.length === 0
      ? `invalid image folder: '${root}' is empty`
      : `invalid image folder: '${root}' has no class folders`,
    { hint: 'images go one level deeper, into one folder per class' },
  );
}

/** The images of class folders, and what stands among them. */
interface ClassFiles {
  readonly images: readonly ClassFile[];
  /** Files that Python's `os.walk` meets: of whatever kind, but none behind a link to a folder. */
  readonly nWalked: number;
  /** Paths of those of them that are no images. */
  readonly others: readonly string[];
}

/**
 * List the images of each class folder, at any depth: classes in the order given, then folders by their whole path,
 * then files by name. Links are followed.
 *
 * @throws {UserError} when a class has no image, or links lead in a circle.
 */
export async function classFiles(root: string, classes: readonly string[]): Promise<ClassFiles> {
  const images: ClassFile[] = [];
  const empty: string[] = [];
  const others: string[] = [];
  let nWalked = 0;
  const count = (files: readonly string[], folder: string): void => {
    nWalked += files.length;
    for (const file of files) if (!isImageName(file)) others.push(join(folder, file));
  };
  for (const [target, name] of classes.entries()) {
    const before = images.length;
    const visited = await visit({ folder: join(root, name) });
    visited.sort((a, b) => compareCodePoints(a.folder, b.folder));
    for (const { folder, files, linked } of visited) {
      files.sort(compareCodePoints);
      if (!linked) count(files, folder);
      for (const file of files)
        if (isImageName(file)) images.push({ path: join(folder, file), target });
    }
    if (images.length === before) empty.push(name);
  }
  if (empty.length > 0)
    throw new UserError(`missing images: none in ${quoteList(empty)} of '${root}'`, {
      hint: `an image's name ends in ${IMAGE_EXTENSIONS.join(', ')}; remove folders that are no classes`,
    });
  const { files } = await listFolder(root);
  nWalked += files.length;
  others.push(...files.sort(compareCodePoints).map((file) => join(root, file)));
  return { images, nWalked, others };
}

function isImageName(path: string): boolean {
  const lower = path.toLowerCase();
  return IMAGE_EXTENSIONS.some((extension) => lower.endsWith(extension));
}

function quoteList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `'${name}'`);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}
