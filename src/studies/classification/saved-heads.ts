// Classification heads on disk: a folder each, as Python's saev lays them out, and beside each what it reads.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import type { HeadRates } from '../probes/adamw.ts';
import {
  headFolder,
  latestHead,
  readHeadNote,
  writeHeadFolder,
  writeHeadNote,
} from '../probes/head-files.ts';
import { checkHead, type LinearHead } from '../probes/linear-head.ts';
import type { ClassifyTrainConfig } from './config.ts';
import { LAST_NORM } from './labelled-set.ts';

const HeadReads = z.object({
  classes: z.array(z.string()).optional(),
  vitFamily: z.enum(VISION_FAMILIES.map(({ name }) => name)),
  vitCkpt: z.string(),
  layer: z.union([z.int(), z.string()]),
  patches: z.enum(['cls', 'meanpool', 'patches']),
  sae: z.string().optional(),
  /** Latents that each class reads; all where it is left out. */
  kLatents: z.int().optional(),
});
/** What a head reads. */
export type HeadReads = z.output<typeof HeadReads>;

/** What heads of Python's saev read: CLS behind the last norm of its CLIP. */
const PYTHON_READS: HeadReads = {
  vitFamily: 'clip',
  vitCkpt: 'ViT-B-16/openai',
  layer: LAST_NORM,
  patches: 'cls',
};

/** A head that was saved. */
export interface SavedHead extends HeadRates {
  readonly head: LinearHead;
  readonly path: string;
  readonly reads: HeadReads;
}

/** Write a head where Python's saev looks for it; answers with its path. */
export async function saveHead(
  head: LinearHead,
  rates: HeadRates,
  reads: HeadReads,
  config: ClassifyTrainConfig,
): Promise<string> {
  const { kLatents } = reads;
  const name = headFolder(rates);
  const folder = join(config.ckptPath, kLatents === undefined ? name : `k_${kLatents}__${name}`);
  const cfg = {
    learning_rate: rates.learningRate,
    weight_decay: rates.weightDecay,
    n_epochs: config.nEpochs,
    batch_size: config.batchSize,
    n_workers: config.nWorkers,
    train_imgs: config.trainImgs,
    val_imgs: config.valImgs,
    device: config.device,
    ckpt_path: config.ckptPath,
    seed: config.seed,
    log_to: config.logTo,
  };
  const path = await writeHeadFolder(folder, head, { config: cfg });
  await writeHeadNote(folder, reads);
  return path;
}

/**
 * Read the head of every folder in `root` that holds a `cfg.json`, in the order of their names, or that of `root` itself.
 * @throws {UserError} when there is none, or one is damaged.
 */
export async function loadSavedHeads(root: string): Promise<SavedHead[]> {
  if ((await kindOfPath(root)) !== 'folder')
    throw new UserError(`missing folder of heads: '${root}'`, {
      hint: "train some with 'saev classify train', or name their folder with --ckpt-path",
    });
  const isHead = async (folder: string): Promise<boolean> =>
    (await kindOfPath(join(folder, 'cfg.json'))) === 'file';
  if (await isHead(root)) return [await savedHead(root)];
  const heads: SavedHead[] = [];
  for (const name of (await readdir(root)).sort()) {
    if (await isHead(join(root, name))) heads.push(await savedHead(join(root, name)));
  }
  if (heads.length > 0) return heads;
  throw new UserError(`no heads in '${root}': none of its folders holds a cfg.json`);
}

async function savedHead(folder: string): Promise<SavedHead> {
  const path = join(folder, 'cfg.json');
  const rates = z
    .object({ learning_rate: z.number(), weight_decay: z.number() })
    .safeParse(await readJson(path, 'configuration of the head'));
  if (!rates.success)
    throw new UserError(`invalid configuration of the head: '${path}'`, { cause: rates.error });
  const reads = (await readHeadNote(folder, HeadReads)) ?? PYTHON_READS;
  const saved = await latestHead(folder);
  const { dIn } = saved.head;
  if (reads.classes !== undefined)
    checkHead(saved.head, { dIn, nClasses: reads.classes.length }, `the head in '${folder}'`);
  return {
    learningRate: rates.data.learning_rate,
    weightDecay: rates.data.weight_decay,
    ...saved,
    reads,
  };
}
