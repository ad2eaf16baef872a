// What an image shows, where it lies in a tree laid out as ADE20K: its map has the same path below `annotations/`.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { readClassNames } from '../../data/datasets/object-info.ts';
import { decodeClassMap } from '../../data/images/class-map.ts';
import type { ImageToEdit } from './edit-image.ts';

/**
 * Read the map that belongs to an image of ADE20K, `ROOT/images/training/a.jpg`; undefined where there is none, or its
 * classes have no names.
 */
export async function truthBeside(image: string): Promise<ImageToEdit['truth']> {
  const parts = /^(?:(.*)[\\/])?images[\\/](.+)\.\w+$/.exec(image);
  if (parts === null) return undefined;
  const [, root = '.', name] = parts;
  const path = join(root, 'annotations', `${name}.png`);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  try {
    return { map: await decodeClassMap(path), classes: await readClassNames(root) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What an image shows, and the tree that says it where it is another than the image's own. */
export interface FoundTruth {
  readonly truth: ImageToEdit['truth'];
  readonly tree?: string;
}

/** The same, for an image that may lie elsewhere: where a tree holds a file of its name with the same bytes. */
export async function truthIn(trees: readonly string[], image: string): Promise<FoundTruth> {
  const own = await truthBeside(image);
  if (own !== undefined || trees.length === 0) return { truth: own };
  const bytes = await readFile(image).catch(() => undefined);
  if (bytes === undefined) return { truth: undefined };
  for (const tree of trees) {
    for (const split of await readdir(join(tree, 'images')).catch(() => [])) {
      const path = join(tree, 'images', split, basename(image));
      const same = await readFile(path).catch(() => undefined);
      if (same !== undefined && bytes.equals(same)) return { truth: await truthBeside(path), tree };
    }
  }
  return { truth: undefined };
}
