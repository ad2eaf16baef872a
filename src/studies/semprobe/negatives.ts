// saev semprobe negatives: images drawn at random that are to be those without a concept.
import { basename, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, writeFileAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { pythonRandom } from '../../base/python-random/mersenne-twister.ts';
import { namesIn } from '../../base/system/file-names.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { encodePng } from '../../data/images/encode.ts';
import type { ImageDataset, ImageEntry } from '../../data/images/images.ts';
import type { SemprobeNegativesConfig } from './config.ts';

const log = logger('semprobe');

/** What was drawn for a class. */
export interface DrawnNegatives {
  readonly class: string;
  readonly folder: string;
  /** Numbers of the images, in the order of the draw. */
  readonly images: readonly number[];
}

/**
 * Draw the images of each class, as Python's `random.shuffle` puts them in order: one generator, whose shuffles follow one
 * another. Images that are to be skipped, and those of the class itself, are passed over.
 * @throws {UserError} when a class has no image left.
 */
export async function drawNegatives(
  dataset: Pick<ImageDataset, 'length' | 'entry' | 'lookUp'>,
  {
    classes,
    nImgs,
    skip,
    seed,
  }: Pick<SemprobeNegativesConfig, 'classes' | 'nImgs' | 'skip' | 'seed'>,
): Promise<number[][]> {
  const random = pythonRandom(seed);
  const order = Array.from({ length: dataset.length }, (_, i) => i);
  const skipped = new Set(skip);
  const drawn: number[][] = [];
  for (const name of classes) {
    random.shuffle(order);
    const images: number[] = [];
    for (const index of order) {
      if (images.length === nImgs) break;
      const entry = (await dataset.lookUp?.(index)) ?? dataset.entry(index);
      if (isSkipped(entry, skipped) || isOfClass(entry, name)) continue;
      images.push(index);
    }
    if (images.length === 0)
      throw new UserError(`no negative images for '${name}': all are skipped or show it`);
    if (images.length < nImgs)
      log.warn(`only ${images.length} negative images for '${name}', not ${nImgs}`);
    drawn.push(images);
  }
  return drawn;
}

/**
 * Draw images and write them as `<dumpTo>/<class>-negative/example_<class>_<number>.png`.
 * @throws {UserError} for classes that are no names of folders, and where a folder holds other images already.
 */
export async function writeNegatives(
  config: SemprobeNegativesConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DrawnNegatives[]> {
  const { classes, dumpTo } = config;
  checkClasses(classes);
  const dataset = await openDataset(config.images, { ...(signal && { signal }) });
  try {
    const drawn = await drawNegatives(dataset, config);
    const folders: DrawnNegatives[] = [];
    for (const [c, name] of classes.entries()) {
      const folder = join(dumpTo, `${name}-negative`);
      await checkFolder(folder, new Set(drawn[c]!.map((index) => fileName(name, index))));
      folders.push({ class: name, folder, images: drawn[c]! });
    }
    const total = drawn.reduce((n, images) => n + images.length, 0);
    const progress = startProgress('writing negatives', { total, unit: 'images' });
    try {
      for (const { class: name, folder, images } of folders) {
        await makeFolder(folder);
        for (const index of images) {
          signal?.throwIfAborted();
          const png = await encodePng(await dataset.image(index));
          await writeFileAtomic(join(folder, fileName(name, index)), png);
          progress.tick();
        }
      }
    } finally {
      progress.end();
    }
    return folders;
  } finally {
    await dataset.close();
  }
}

const fileName = (name: string, index: number): string => `example_${name}_${index}.png`;

/** Whether an image was named by its number, its path, or the end of its path, with its ending or without. */
function isSkipped({ index, source }: ImageEntry, skipped: ReadonlySet<string>): boolean {
  if (skipped.size === 0) return false;
  const file = basename(source);
  const names = [String(index), source, file, file.replace(/\.\w+$/, '')];
  return names.some((name) => skipped.has(name));
}

/** Whether an image is of the class, or of the folder of its curated images. */
function isOfClass({ label }: ImageEntry, name: string): boolean {
  const own = label.toLowerCase();
  return own === name.toLowerCase() || own === `${name.toLowerCase()}-positive`;
}

function checkClasses(classes: readonly string[]): void {
  const wrong = classes.find((name) => /[\\/\0]/.test(name) || name === '.' || name === '..');
  if (wrong !== undefined)
    throw new UserError(`invalid class '${wrong}': it must do as the name of a folder`);
  const twice = classes.find((name, i) => classes.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`invalid classes: '${twice}' is named twice`);
}

/** Refuse a folder with other images: they would be taken for negatives of the same draw. */
async function checkFolder(folder: string, own: ReadonlySet<string>): Promise<void> {
  if ((await kindOfPath(folder)) !== 'folder') return;
  const other = (await namesIn(folder)).find((name) => !name.startsWith('.') && !own.has(name));
  if (other === undefined) return;
  throw new UserError(`'${folder}' holds images of another draw: '${other}'`, {
    hint: 'name another folder with --dump-to, or remove that one',
  });
}
