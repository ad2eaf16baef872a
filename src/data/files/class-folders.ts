// Folders of files in the order of torchvision (datasets/folder.py), so that image numbers are the same.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { compareCodePoints } from '../../formats/python/python-json.ts';

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
      { hint: 'give a folder that holds one folder of images per class' },
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

/**
 * List the images of each class folder, at any depth: classes in the order given, then folders by their whole path,
 * then files by name. Links are followed.
 *
 * @throws {UserError} when a class has no image, or links lead in a circle.
 */
export async function classFiles(root: string, classes: readonly string[]): Promise<ClassFile[]> {
  const found: ClassFile[] = [];
  const empty: string[] = [];
  for (const [target, name] of classes.entries()) {
    const before = found.length;
    const visited = await visit(join(root, name), []);
    visited.sort((a, b) => compareCodePoints(a.folder, b.folder));
    for (const { folder, files } of visited)
      for (const file of files.sort(compareCodePoints)) {
        const path = join(folder, file);
        if (isImageName(path)) found.push({ path, target });
      }
    if (found.length === before) empty.push(name);
  }
  if (empty.length > 0)
    throw new UserError(`missing images: none in ${quoteList(empty)} of '${root}'`, {
      hint: `an image's name ends in ${IMAGE_EXTENSIONS.join(', ')}; remove folders that are no classes`,
    });
  return found;
}

/** Count every file below `root`, of whatever kind, as Python's `os.walk` does: links to folders are not followed. */
export async function countFiles(root: string): Promise<number> {
  let entries: Dirent[];
  try {
    entries = await readdir(root, { withFileTypes: true });
  } catch {
    return 0; // os.walk passes over what it cannot list
  }
  let count = 0;
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) count += await countFiles(path);
    else if (!(entry.isSymbolicLink() && (await kindOfPathOrOther(path)) === 'folder')) count++;
  }
  return count;
}

interface Visit {
  readonly folder: string;
  readonly files: string[];
}

async function visit(folder: string, above: readonly string[]): Promise<Visit[]> {
  const real = await realpath(folder);
  if (above.includes(real))
    throw new UserError(`invalid image folder: the link '${folder}' leads back to '${real}'`);
  const { folders, files } = await listFolder(folder);
  const visits = [{ folder, files }];
  for (const name of folders) visits.push(...(await visit(join(folder, name), [...above, real])));
  return visits;
}

async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new UserError(`folder cannot be read: '${folder}'`, { cause });
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    const isFolder = entry.isSymbolicLink()
      ? (await kindOfPathOrOther(join(folder, entry.name))) === 'folder'
      : entry.isDirectory();
    (isFolder ? folders : files).push(entry.name);
  }
  return { folders, files };
}

async function kindOfPathOrOther(path: string): Promise<'folder' | 'other'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (errorCode(error) !== undefined) return 'other'; // a link that leads nowhere
    throw error;
  }
}

function isImageName(path: string): boolean {
  const lower = path.toLowerCase();
  return IMAGE_EXTENSIONS.some((extension) => lower.endsWith(extension));
}

function quoteList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `'${name}'`);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}
