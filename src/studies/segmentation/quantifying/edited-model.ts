// What is edited: the model, the point where the autoencoder lives, and the head that reads behind it.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DataLoad, visionModelOf } from '../../../activations/config.ts';
import {
  type PatchGeometry,
  patchGeometry,
  squashed,
} from '../../../activations/labels/patch-geometry.ts';
import { readMetadata } from '../../../activations/shards/metadata.ts';
import { blocksUpTo, type HookPoint, residualHook } from '../../../backbones/hook-points.ts';
import type { VisionBackbone } from '../../../backbones/types.ts';
import { VISION_FAMILIES } from '../../../backbones/vision/families/registry.ts';
import { openVisionModel } from '../../../backbones/vision/open.ts';
import { UserError, unknownName } from '../../../base/errors.ts';
import { kindOfPath, readJson } from '../../../base/files.ts';
import { VisualsConfig } from '../../../visuals/config.ts';
import { withDataOfRun } from '../../../visuals/data-of-run.ts';
import { latestHead, readHead } from '../../probes/head-files.ts';
import type { LinearHead } from '../../probes/linear-head.ts';
import type { PatchModel } from '../patch-rows.ts';
import { modelOfHead, resizeFor } from '../saved-heads.ts';
import type { QuantifyConfig } from './config.ts';

/** A model with the places of autoencoder and head in it. */
export interface EditedModel {
  readonly backbone: VisionBackbone;
  /** Where patches are edited. */
  readonly hook: HookPoint;
  /** Where the head reads. */
  readonly headHook: HookPoint;
  readonly head: LinearHead;
  readonly headPath: string;
  /** How images come to the model's size. */
  readonly geometry: PatchGeometry;
}

/** Where heads of Python's saev read: behind the last norm. */
const LAST_NORM = 'ln_final.hook_normalized';

/**
 * Open the model that the settings, the head or the run name.
 * @throws {UserError} when head or model are missing, when the head is of another width than the model, or reads before
 * the edit
 */
export async function openEditedModel(
  config: QuantifyConfig,
  signal: AbortSignal | undefined,
): Promise<EditedModel> {
  const { head, path, said } = await openHead(config.segCkpt);
  const run = await placeOfRun(config);
  const family = config.vitFamily ?? said?.vitFamily ?? run?.family ?? 'dinov2';
  const name =
    config.vitCkpt ??
    (config.vitFamily === undefined ? (said?.vitCkpt ?? run?.name) : undefined) ??
    usualCheckpoint(family);
  const { threads } = config;
  const backbone = await openVisionModel({ family, name }, { threads, signal });
  try {
    checkSizes(config, backbone);
    const { nLayers } = backbone.config;
    const layer = config.vitLayer === undefined ? config.layer : config.vitLayer - 1;
    const hook = hookOf(layer ?? run?.layer ?? -2, nLayers);
    const headHook = headHookOf(said?.vitLayer, backbone);
    checkOrder(hook, headHook, backbone);
    const own = patchGeometry(backbone);
    const geometry = resizeFor(said, family) === 'squash' ? squashed(own) : own;
    return { backbone, hook, headHook, head, headPath: path, geometry };
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

interface OpenedHead {
  readonly head: LinearHead;
  readonly path: string;
  /** The model that it says it was trained on. */
  readonly said: PatchModel | undefined;
}

/** The head that a file, its folder, or a folder with one head names. */
async function openHead(name: string): Promise<OpenedHead> {
  const kind = await kindOfPath(name);
  if (kind === 'nothing') {
    throw new UserError(`missing segmentation head: '${name}'`, {
      hint: "train one with 'saev semseg train', and name its file or folder with --seg-ckpt",
    });
  }
  if (kind === 'file') {
    return { head: await readHead(name), path: name, said: await modelOfHead(dirname(name)) };
  }
  const folder = await folderOfHead(name);
  return { ...(await latestHead(folder)), said: await modelOfHead(folder) };
}

/** A folder of heads stands for its head where it holds one. */
async function folderOfHead(root: string): Promise<string> {
  const entries = await readdir(root, { withFileTypes: true });
  if (entries.some(({ name }) => name.endsWith('.pt'))) return root;
  const folders: string[] = [];
  for (const { name } of entries) {
    if ((await kindOfPath(join(root, name, 'cfg.json'))) === 'file') folders.push(join(root, name));
  }
  const [only, ...others] = folders.sort();
  if (only === undefined) throw new UserError(`no segmentation head in '${root}'`);
  if (others.length === 0) return only;
  throw new UserError(`which head of '${root}'? it holds ${folders.length}`, {
    hint: `name one with --seg-ckpt: ${folders.map((each) => basename(each)).join(', ')}; saev semseg validate tells the best`,
  });
}

interface RunPlace {
  readonly layer: number | string;
  readonly family?: string | undefined;
  readonly name?: string | undefined;
}

/** What a run of this program says of its model and layer; undefined for other checkpoints. */
async function placeOfRun({ saeCkpt: ckpt }: QuantifyConfig): Promise<RunPlace | undefined> {
  if ((await kindOfPath(join(ckpt, 'run.json'))) !== 'file') return undefined;
  const read = z
    .looseObject({ data: DataLoad })
    .safeParse(await readJson(join(ckpt, 'config.json'), 'configuration of the run'));
  if (!read.success) return undefined;
  const { layer, live } = read.data.data;
  if (live !== undefined) return { layer, ...visionModelOf(live) };
  try {
    const { data } = await withDataOfRun(VisualsConfig.parse({ ckpt }), { keepImages: true });
    const { family, checkpoint } = await readMetadata(data.shardRoot);
    return { layer, family, name: checkpoint };
  } catch (error) {
    // Its activations may be gone: the layer is still known.
    if (!(error instanceof UserError)) throw error;
    return { layer };
  }
}

function usualCheckpoint(family: string): string {
  const found = VISION_FAMILIES.find(({ name }) => name === family);
  if (found === undefined) {
    throw unknownName(
      'model family',
      family,
      VISION_FAMILIES.map(({ name }) => name),
    );
  }
  return family === 'dinov2' ? 'dinov2_vitb14_reg' : found.defaultCheckpoint;
}

function hookOf(layer: number | string, nLayers: number): HookPoint {
  if (typeof layer === 'string') return layer;
  if (layer < -nLayers || layer >= nLayers) {
    throw new UserError(`unknown layer ${layer}: the model has ${nLayers} blocks`);
  }
  return residualHook(layer, nLayers);
}

function headHookOf(
  layer: number | string | undefined,
  { hookPoints, config }: VisionBackbone,
): HookPoint {
  if (layer !== undefined) return hookOf(layer, config.nLayers);
  return hookPoints.includes(LAST_NORM) ? LAST_NORM : 'output';
}

function checkOrder(hook: HookPoint, headHook: HookPoint, { hookPoints }: VisionBackbone): void {
  for (const name of [hook, headHook]) {
    if (name !== 'output' && !hookPoints.includes(name)) {
      throw unknownName('hook point', name, hookPoints);
    }
  }
  const isBehind = headHook === 'output' || hookPoints.indexOf(headHook) > hookPoints.indexOf(hook);
  if (isBehind && blocksUpTo(headHook) >= blocksUpTo(hook)) return;
  throw new UserError(`the head reads '${headHook}', which an edit at '${hook}' does not reach`, {
    hint: 'edit an earlier block (--layer)',
  });
}

function checkSizes(config: QuantifyConfig, { config: model, checkpoint }: VisionBackbone): void {
  const { patchSizePx, nPatchesPerImg, clsToken } = config;
  const wrong = (what: string, given: unknown, has: unknown): UserError =>
    new UserError(`invalid ${what} ${given}: ${checkpoint} has ${has}`);
  if (patchSizePx?.some((side) => side !== model.patchSize)) {
    throw wrong('patch size', patchSizePx.join(' '), model.patchSize);
  }
  if (nPatchesPerImg !== undefined && nPatchesPerImg !== model.nPatches) {
    throw wrong('number of patches', nPatchesPerImg, model.nPatches);
  }
  if (clsToken !== undefined && clsToken !== model.hasCls) {
    throw wrong('CLS token', clsToken, model.hasCls ? 'one' : 'none');
  }
}
