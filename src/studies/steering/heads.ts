// Heads that read behind an edit: found by their files, fitted to the model, and set to work.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import type { EditHead } from '../../pages/edit.ts';
import {
  type HeadReads,
  loadSavedHeads as loadClassificationHeads,
} from '../classification/saved-heads.ts';
import type { Features } from '../probes/features.ts';
import type { LinearHead } from '../probes/linear-head.ts';
import { openHeads } from '../probes/measure-heads.ts';
import type { PatchModel } from '../segmentation/patch-rows.ts';
import { loadSavedHeads as loadSegmentationHeads } from '../segmentation/saved-heads.ts';
import type { EditableImages } from './editable.ts';

/** A head as its files say it is. */
export interface FoundHead extends EditHead {
  readonly head: LinearHead;
  readonly family: string;
  readonly checkpoint: string;
  readonly layer: number | string;
  /** How its images came to size. */
  readonly resize: PatchModel['resize'];
  /** Rows of an image that a classification head reads. */
  readonly reads?: HeadReads['patches'];
  /** The autoencoder whose codes it reads, in place of activations. */
  readonly sae?: string | undefined;
}

/** A head that fits the model and reads behind the edit. */
export interface EditHeadAtWork extends EditHead {
  readonly dIn: number;
  /** Where it reads. */
  readonly point: HookPoint;
  readonly resize: PatchModel['resize'];
  readonly reads?: HeadReads['patches'];
  /** Logits `[rows, classes]` of rows `[rows, dIn]`. */
  readonly logits: (rows: Features) => Promise<Float32Array>;
}

const LAST_NORM = 'ln_final.hook_normalized';

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

/** Heads that fit, and why the others do not: a sentence each. */
export interface FittedHeads {
  readonly heads: readonly EditHeadAtWork[];
  readonly reasons: readonly string[];
}

/** Set the heads to work that read behind the edit of a coder, in the model that it belongs to. */
export async function fitHeads(
  found: readonly FoundHead[],
  { backbone, output }: Pick<EditableImages, 'backbone' | 'output'>,
): Promise<FittedHeads> {
  const heads: EditHeadAtWork[] = [];
  const reasons: string[] = [];
  for (const each of found) {
    const point = pointOf(each, backbone);
    const reason = whyNot(each, point, { backbone, output });
    if (reason !== undefined) {
      reasons.push(`The head '${each.id}' is not shown: ${reason}.`);
      continue;
    }
    const { id, kind, name, classes, head, resize, reads } = each;
    const scores = await openHeads([head]);
    heads.push({
      ...{ id, kind, name, classes, resize },
      ...(reads !== undefined && { reads }),
      dIn: head.dIn,
      point: point!,
      logits: scores.logits,
    });
  }
  return { heads, reasons };
}

function pointOf({ layer }: FoundHead, backbone: VisionBackbone): HookPoint | undefined {
  const { config, checkpoint, hookPoints } = backbone;
  if (layer === LAST_NORM && !hookPoints.includes(LAST_NORM)) return 'output';
  try {
    return layer === 'output'
      ? layer
      : layerHook(layer, { nLayers: config.nLayers, checkpoint, hookPoints });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function whyNot(
  { family, checkpoint, head, layer, sae, reads }: FoundHead,
  point: HookPoint | undefined,
  { backbone, output }: Pick<EditableImages, 'backbone' | 'output'>,
): string | undefined {
  const { hookPoints, config } = backbone;
  if (family !== backbone.family || checkpoint !== backbone.checkpoint)
    return `it reads ${checkpoint || family}, the edit is of ${backbone.checkpoint}`;
  if (sae !== undefined) return `it reads codes of '${sae}', not the model's rows`;
  if (point === undefined) return `${backbone.checkpoint} has no '${layer}'`;
  if (head.dIn !== config.dModel)
    return `it reads rows of ${head.dIn} numbers, the model has ${config.dModel}`;
  if (reads === 'cls' && !config.hasCls) return `${backbone.checkpoint} has no CLS token`;
  const isBehind = point === 'output' || hookPoints.indexOf(point) >= hookPoints.indexOf(output);
  return isBehind ? undefined : `it reads '${point}', which an edit at '${output}' does not reach`;
}
