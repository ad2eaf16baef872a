// What visuals show where a person named none of it: the data that the run was trained on, and the images behind its shards.
import { join } from 'node:path';
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { findShards, locateShards } from '../activations/find-shards.ts';
import { readTexts } from '../activations/shards/context-files.ts';
import { readMetadata } from '../activations/shards/metadata.ts';
import { UserError } from '../base/errors.ts';
import { kindOfPath, readJson } from '../base/files.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { recordedDataset } from '../data/datasets/recorded-dataset.ts';
import type { CoderConfig } from '../sae/coder.ts';
import type { VisualsConfig } from './config.ts';

/** Which settings a person gave, and are kept. */
interface Given {
  readonly keepData?: boolean;
  readonly keepImages: boolean;
}

/**
 * Complete a job by what is known without being said: activations from the run that `config.ckpt` names; the one
 * folder of shards that is meant where several stand; images from the model that ran along, or from the metadata of
 * the shards. What is not known stays as it is.
 *
 * @throws {UserError} for a run whose config.json is damaged, and for shards that are not there.
 */
export async function withDataOfRun<Config extends Pick<VisualsConfig, 'ckpt' | 'data' | 'images'>>(
  config: Config,
  { keepData = false, keepImages }: Given,
): Promise<Config> {
  const ofRun = keepData ? undefined : await dataOfRun(config.ckpt);
  const data = await locateShards(ofRun ?? config.data);
  return { ...config, data, images: keepImages ? config.images : await imagesOf(data, config) };
}

/**
 * Tell which coders can read given activations: those of their width, and of texts, at that point, where they are of texts.
 * All can, where no shards are named or found.
 */
export async function readersOf(data: unknown): Promise<(config: CoderConfig) => boolean> {
  const all = (): boolean => true;
  const parsed = DataLoad.safeParse(data);
  const { live, language, shardRoot = '' } = parsed.data ?? {};
  if (data === undefined || live !== undefined || language !== undefined) return all;
  try {
    const folder = await findShards(shardRoot, parsed.data);
    const { dModel, layers } = await readMetadata(folder);
    const isText = (await readTexts(folder)) !== undefined;
    return ({ dIn, place }) => {
      if (dIn !== dModel) return false;
      const input = place?.input;
      if (input === undefined) return !isText;
      // A head of a point is named like an element of it; a number stands for a block.
      return isText && layers.some((l) => typeof l === 'number' || l.startsWith(input));
    };
  } catch (error) {
    // Said again, with more to go by, when they are opened.
    if (error instanceof UserError) return all;
    throw error;
  }
}

/**
 * Read which activations a run was trained on; undefined where `run` is no run.
 * @throws {UserError} when its config.json is damaged.
 */
export async function dataOfRun(run: string): Promise<DataLoad | undefined> {
  const path = join(run, 'config.json');
  const isRun = (await kindOfPath(join(run, 'run.json'))) === 'file';
  if (!isRun || (await kindOfPath(path)) !== 'file') return undefined;
  const parsed = z
    .looseObject({ data: DataLoad })
    .safeParse(await readJson(path, 'configuration of the run'));
  if (parsed.success) return parsed.data.data;
  throw new UserError(`invalid configuration of the run: '${path}'`, {
    hint: 'name the activations with --data',
    cause: parsed.error,
  });
}

async function imagesOf(
  { live, language, shardRoot }: DataLoad,
  { images }: Pick<VisualsConfig, 'images'>,
): Promise<DatasetConfig> {
  if (live !== undefined) return live.images;
  if (language !== undefined) return images;
  return recordedDataset((await readMetadata(shardRoot)).data) ?? images;
}
