// What visuals show where a person named none of it: the data that the run was trained on, and the images behind its shards.
import { join } from 'node:path';
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { locateShards } from '../activations/find-shards.ts';
import { readMetadata } from '../activations/shards/metadata.ts';
import { UserError } from '../base/errors.ts';
import { kindOfPath, readJson } from '../base/files.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { recordedDataset } from '../data/datasets/recorded-dataset.ts';
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
export async function withDataOfRun(
  config: VisualsConfig,
  { keepData = false, keepImages }: Given,
): Promise<VisualsConfig> {
  const ofRun = keepData ? undefined : await dataOfRun(config.ckpt);
  const data = await locateShards(ofRun ?? config.data);
  return { ...config, data, images: keepImages ? config.images : await imagesOf(data, config) };
}

async function dataOfRun(run: string): Promise<DataLoad | undefined> {
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
