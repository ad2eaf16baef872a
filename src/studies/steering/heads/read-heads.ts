// Heads that read behind an edit, found by their files.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readJson } from '../../../base/files.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import { loadSavedHeads as loadClassificationHeads } from '../../classification/saved-heads.ts';
import { loadSavedHeads as loadSegmentationHeads } from '../../segmentation/saved-heads.ts';
import type { FoundHead } from './heads.ts';

/**
 * Read the heads that names stand for: a file, the folder of a head, or a folder of several. What tells a head of
 * segmentation from one of classification is what lies beside it.
 * @throws {UserError} when there is none, or one is damaged
 */
export async function readEditHeads(names: readonly string[]): Promise<FoundHead[]> {
  const found: FoundHead[] = [];
  for (const name of new Set(names))
    for (const folder of await foldersOf(name)) found.push(await readEditHead(folder));
  return found;
}

async function foldersOf(name: string): Promise<string[]> {
  const kind = await kindOfPath(name);
  if (kind === 'nothing') {
    throw new UserError(`missing head: '${name}'`, {
      hint: "train one with 'saev semseg train' or 'saev classify train'",
    });
  }
  if (kind === 'file') return [dirname(name)];
  if (await isHeadFolder(name)) return [name];
  const folders: string[] = [];
  for (const each of (await readdir(name)).sort())
    if (await isHeadFolder(join(name, each))) folders.push(join(name, each));
  if (folders.length > 0) return folders;
  throw new UserError(`no head in '${name}': none of its folders holds a cfg.json and a .pt file`);
}

/** Tell whether a folder holds a head. */
export async function isHeadFolder(folder: string): Promise<boolean> {
  if ((await kindOfPath(join(folder, 'cfg.json'))) !== 'file') return false;
  return (await readdir(folder)).some((name) => name.endsWith('.pt'));
}

const Note = z.looseObject({ patches: z.string().optional(), resize: z.string().optional() });
const Settings = z.looseObject({
  imgs: z.looseObject({ root: z.string() }).nullish().catch(undefined),
  train_imgs: z.unknown().optional(),
});

async function readEditHead(folder: string): Promise<FoundHead> {
  const settings = Settings.safeParse(
    await readJson(join(folder, 'cfg.json'), 'settings of the head'),
  );
  const said = (await kindOfPath(join(folder, 'head.json'))) === 'file';
  const note = said
    ? Note.safeParse(await readJson(join(folder, 'head.json'), 'description of the head')).data
    : undefined;
  const isClassifier =
    note === undefined ? settings.data?.train_imgs !== undefined : note.patches !== undefined;
  return isClassifier ? classifierIn(folder) : segmenterIn(folder, settings.data?.imgs?.root);
}

async function classifierIn(folder: string): Promise<FoundHead> {
  const { head, path, reads } = (await loadClassificationHeads(folder))[0]!;
  return {
    id: folder,
    kind: 'classes',
    name: path,
    classes: reads.classes ?? numbered(head.nClasses),
    head,
    family: reads.vitFamily,
    checkpoint: reads.vitCkpt,
    layer: reads.layer,
    resize: 'model',
    reads: reads.patches,
    sae: reads.sae,
    folder,
  };
}

async function segmenterIn(folder: string, root: string | undefined): Promise<FoundHead> {
  const { head, path, model } = (await loadSegmentationHeads(folder))[0]!;
  const { vitFamily, vitLayer, vitCkpt, resize } = model;
  return {
    id: folder,
    kind: 'segmentation',
    name: path,
    classes: await namesOfClasses(root, head.nClasses),
    head,
    family: vitFamily,
    checkpoint: vitCkpt ?? '',
    layer: vitLayer,
    resize,
  };
}

/** The names in the images that a head learnt from; numbers where these are gone, or of another number of classes. */
async function namesOfClasses(
  root: string | undefined,
  nClasses: number,
): Promise<readonly string[]> {
  if (root === undefined) return numbered(nClasses);
  try {
    const dataset = await openDataset({ type: 'ade20k', root, split: 'training' });
    try {
      const names = (await dataset.segmentationClasses?.()) ?? [];
      return names.length === nClasses ? names : numbered(nClasses);
    } finally {
      await dataset.close();
    }
  } catch (error) {
    if (error instanceof UserError) return numbered(nClasses);
    throw error;
  }
}

function numbered(nClasses: number): string[] {
  return Array.from({ length: nClasses }, (_, number) => `class ${number}`);
}
