// Writes scenes as datasets that people already have tools for: an ImageFolder and an ADE20K-style tree.
//
//   images/<shape of the main object>/000042.png
//   ade20k/{images,annotations}/{training,validation}/000042.png · ade20k/{sceneCategories,objectInfo150}.txt
//   scenes.jsonl   the whole truth, one line an image, in the order of the ImageFolder
//   world.json     written last: how many scenes, from which seed
import { copyFile, link, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, UserError } from '../../../base/errors.ts';
import {
  diskError,
  kindOfPath,
  readJson,
  writeFileAtomic,
  writeJsonAtomic,
} from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { startProgress } from '../../../base/progress.ts';
import { OBJECT_INFO, objectInfoText } from '../../datasets/object-info.ts';
import { encodePng } from '../../images/encode.ts';
import { classMask, drawScene, WORLD_CLASSES } from './draw.ts';
import { worldObjectInfo } from './object-info.ts';
import { mainObject, type Scene, sampleScene } from './scene.ts';
import { WORLD_SIZE } from './vocabulary.ts';

/** How large a world to write, and which. */
export interface WorldOptions {
  readonly nScenes: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** A written world. */
export interface World {
  readonly folder: string;
  /** Root of the ImageFolder. */
  readonly images: string;
  /** Root of the ADE20K-style tree. */
  readonly ade20k: string;
  /** The scene of each image, in the order of the ImageFolder. */
  readonly scenes: readonly Scene[];
}

const WorldRecord = z.object({
  nScenes: z.int(),
  seed: z.int(),
  classes: z.array(z.string()),
});

/** Every fifth scene is for validation. */
const VALIDATION_EVERY = 5;
/** Images that are encoded and written at the same time. */
const CONCURRENCY = 8;

/**
 * Write `nScenes` scenes of the world with this seed to `folder`. The same seed gives the same bytes; a world that is
 * there already is left as it is, and one that was begun is finished.
 *
 * @throws {UserError} when the folder holds another world, or something else.
 */
export async function writeWorld(folder: string, options: WorldOptions): Promise<World> {
  const { nScenes, seed, signal } = options;
  const record = join(folder, 'world.json');
  const scenes = inFolderOrder(Array.from({ length: nScenes }, (_, i) => sampleScene(seed, i)));
  const world = { folder, images: join(folder, 'images'), ade20k: join(folder, 'ade20k'), scenes };
  if (await isWritten(record, options)) {
    await addObjectInfo(world);
    return world;
  }
  await refuseForeignFolder(folder);
  const progress = startProgress('draw the world', { total: nScenes, unit: 'scenes' });
  const categories: string[] = [];
  try {
    await makeFolders(world);
    for (let first = 0; first < nScenes; first += CONCURRENCY) {
      signal?.throwIfAborted();
      const some = scenes.slice(first, first + CONCURRENCY);
      await Promise.all(some.map((scene) => writeScene(world, scene)));
      progress.tick(some.length);
    }
    for (const scene of [...scenes].sort((a, b) => a.index - b.index)) {
      categories.push(`${nameOf(scene)} ${mainObject(scene).shape}\n`);
    }
    await writeFileAtomic(join(world.ade20k, 'sceneCategories.txt'), categories.join(''));
    await addObjectInfo(world);
    const lines = scenes.map((scene) => `${JSON.stringify({ file: fileOf(scene), ...scene })}\n`);
    await writeFileAtomic(join(folder, 'scenes.jsonl'), lines.join(''));
    await writeJsonAtomic(record, { nScenes, seed, classes: WORLD_CLASSES });
  } catch (error) {
    throw diskError(error, folder);
  } finally {
    progress.end();
  }
  return world;
}

/** Write the table of classes, which worlds of earlier versions lack. */
async function addObjectInfo({ ade20k, scenes }: World): Promise<void> {
  const path = join(ade20k, OBJECT_INFO);
  if ((await kindOfPath(ade20k)) !== 'folder' || (await kindOfPath(path)) === 'file') return;
  const classes = worldObjectInfo(scenes, isValidation);
  await writeFileAtomic(path, objectInfoText(classes));
}

/** Whether this very world stands there. Throws when it is another one. */
async function isWritten(record: string, { nScenes, seed }: WorldOptions): Promise<boolean> {
  if ((await kindOfPath(record)) === 'nothing') return false;
  const parsed = WorldRecord.safeParse(await readJson(record, 'world record'));
  if (parsed.success && parsed.data.nScenes === nScenes && parsed.data.seed === seed) return true;
  throw new UserError(`another world stands in the folder of '${record}'`, {
    hint: 'give another folder, or delete that one',
  });
}

async function refuseForeignFolder(folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw diskError(error, folder);
  }
  const foreign = names.find((name) => !['images', 'ade20k', 'scenes.jsonl'].includes(name));
  if (foreign === undefined) return;
  throw new UserError(`folder '${folder}' holds something else: '${foreign}'`, {
    hint: 'give an empty or a new folder for the world',
  });
}

async function makeFolders({ images, ade20k, scenes }: World): Promise<void> {
  for (const shape of new Set(scenes.map((scene) => mainObject(scene).shape))) {
    await makeFolder(join(images, shape));
  }
  for (const kind of ['images', 'annotations']) {
    for (const split of ['training', 'validation']) {
      await makeFolder(join(ade20k, kind, split));
    }
  }
}

async function writeScene({ images, ade20k }: World, scene: Scene): Promise<void> {
  const split = isValidation(scene) ? 'validation' : 'training';
  const name = `${nameOf(scene)}.png`;
  const image = join(images, fileOf(scene));
  await writeFileAtomic(image, await encodePng(drawScene(scene)));
  const mask = { width: WORLD_SIZE, height: WORLD_SIZE, data: classMask(scene) };
  await writeFileAtomic(join(ade20k, 'annotations', split, name), await encodePng(mask));
  await linkOrCopy(image, join(ade20k, 'images', split, name));
}

function isValidation({ index }: Scene): boolean {
  return index % VALIDATION_EVERY === VALIDATION_EVERY - 1;
}

/** One file under two names; a copy where the file system has no links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(() => copyFile(from, to));
}

function nameOf(scene: Scene): string {
  return String(scene.index).padStart(6, '0');
}

function fileOf(scene: Scene): string {
  return `${mainObject(scene).shape}/${nameOf(scene)}.png`;
}

/** Class folders in the order of their names, files within them likewise. */
function inFolderOrder(scenes: readonly Scene[]): Scene[] {
  return [...scenes].sort((a, b) => (fileOf(a) < fileOf(b) ? -1 : 1));
}
