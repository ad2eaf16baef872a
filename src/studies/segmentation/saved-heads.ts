// Segmentation heads on disk: a folder each, as Python's saev lays them out, and beside each what it cannot say there.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import type { HeadRates } from '../probes/adamw.ts';
import {
  headFolder,
  latestHead,
  readHeadNote,
  writeHeadFolder,
  writeHeadNote,
} from '../probes/head-files.ts';
import type { LinearHead } from '../probes/linear-head.ts';
import type { SemsegTrainConfig } from './config.ts';
import type { PatchModel } from './patch-rows.ts';

const log = logger('semseg');

const HeadModel = z.object({
  vitFamily: z.enum(VISION_FAMILIES.map(({ name }) => name)),
  vitCkpt: z.string(),
  vitLayer: z.union([z.int(), z.string()]),
  resize: z.enum(['model', 'squash']).default('model'),
});

/** What heads of Python's saev read: the patches behind DINOv2's last norm, images squashed. */
const PYTHON_MODEL: PatchModel = {
  vitFamily: 'dinov2',
  vitCkpt: 'dinov2_vitb14_reg',
  vitLayer: 'ln_final.hook_normalized',
  resize: 'squash',
};

/** A head that was saved. */
export interface SavedHead extends HeadRates {
  readonly head: LinearHead;
  /** File of the head. */
  readonly path: string;
  readonly model: PatchModel;
}

/**
 * Write the heads of a training where Python's saev looks for them; its `validation` reads `patchSizePx` from `cfg.json`,
 * which its own training leaves out.
 */
export async function saveHeads(
  heads: readonly LinearHead[],
  rates: readonly HeadRates[],
  {
    config,
    model,
    step,
    patchSizePx,
  }: {
    readonly config: SemsegTrainConfig;
    readonly model: PatchModel;
    readonly step: number;
    readonly patchSizePx: number;
  },
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, head] of heads.entries()) {
    const own = rates[i]!;
    const folder = join(config.ckptPath, headFolder(own));
    const cfg = {
      learning_rate: own.learningRate,
      weight_decay: own.weightDecay,
      n_epochs: config.nEpochs,
      batch_size: config.batchSize,
      n_workers: config.nWorkers,
      imgs: { root: config.imgs.root, split: config.imgs.split },
      eval_every: config.evalEvery,
      device: config.device,
      ckpt_path: config.ckptPath,
      seed: config.seed,
      log_to: config.logTo,
      patch_size_px: [patchSizePx, patchSizePx],
    };
    paths.push(await writeHeadFolder(folder, head, { step, config: cfg }));
    await writeHeadNote(folder, model);
  }
  return paths;
}

/** Take away what an earlier training of the same rates wrote: the newest head is that of the most steps. */
export async function clearHeads(ckptPath: string, rates: readonly HeadRates[]): Promise<void> {
  for (const own of rates) {
    const folder = join(ckptPath, headFolder(own));
    if ((await kindOfPath(folder)) !== 'folder') continue;
    const old = (await readdir(folder)).filter((name) => /^model_step\d+\.pt$/.test(name));
    if (old.length > 0) log.info(`taking the place of the heads in ${folder}`);
    for (const name of old) await rm(join(folder, name), { force: true });
  }
}

/**
 * Read the newest head of every folder in `root` that holds a `cfg.json`, in the order of their names.
 * @throws {UserError} when there is none, and when they differ in size or in what they read.
 */
export async function loadSavedHeads(root: string): Promise<SavedHead[]> {
  if ((await kindOfPath(root)) !== 'folder')
    throw new UserError(`missing folder of heads: '${root}'`, {
      hint: "train some with 'saev semseg train', or name their folder with --ckpt-root",
    });
  const heads: SavedHead[] = [];
  const names = (await kindOfPath(join(root, 'cfg.json'))) === 'file' ? ['.'] : await readdir(root);
  for (const name of names.sort()) {
    const folder = join(root, name);
    if ((await kindOfPath(join(folder, 'cfg.json'))) === 'file')
      heads.push(await savedHead(folder));
  }
  const [first, ...others] = heads;
  if (first === undefined)
    throw new UserError(`no heads in '${root}': none of its folders holds a cfg.json`);
  for (const other of others) checkAlike(first, other);
  return heads;
}

async function savedHead(folder: string): Promise<SavedHead> {
  const path = join(folder, 'cfg.json');
  const rates = z
    .object({ learning_rate: z.number(), weight_decay: z.number() })
    .safeParse(await readJson(path, 'configuration of the head'));
  if (!rates.success)
    throw new UserError(`invalid configuration of the head: '${path}'`, { cause: rates.error });
  return {
    learningRate: rates.data.learning_rate,
    weightDecay: rates.data.weight_decay,
    ...(await latestHead(folder)),
    model: (await modelOfHead(folder)) ?? PYTHON_MODEL,
  };
}

/** Tell what the head in a folder says that it reads; undefined where it says nothing. */
export async function modelOfHead(folder: string): Promise<PatchModel | undefined> {
  return readHeadNote(folder, HeadModel);
}

/** Tell how images come to size for a head: as it says, and squashed for one of Python's, which says nothing. */
export function resizeFor(said: PatchModel | undefined, family: string): PatchModel['resize'] {
  return said?.resize ?? (family === PYTHON_MODEL.vitFamily ? PYTHON_MODEL.resize : 'model');
}

function checkAlike(first: SavedHead, other: SavedHead): void {
  const size = ({ head }: SavedHead): string => `${head.nClasses} classes of ${head.dIn} numbers`;
  const reads = ({ model }: SavedHead): string =>
    `${model.vitLayer} of ${model.vitCkpt ?? model.vitFamily}, images resized '${model.resize}'`;
  for (const said of [size, reads]) {
    if (said(first) === said(other)) continue;
    throw new UserError(
      `heads that cannot be measured together: '${first.path}' has ${said(first)}, '${other.path}' ${said(other)}`,
      { hint: 'keep heads of different models in different folders' },
    );
  }
}
