// The images that a run was trained on, by their number: a page's example in full, not the page's small picture of it.
import { readMetadata } from '../../activations/shards/metadata.ts';
import { UserError } from '../../base/errors.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { describeCoder } from './home.ts';
import { whereItLies } from './where-it-lies.ts';

/**
 * Open the images that a run was trained on, where they lie now.
 * @throws {UserError} when the run is of texts, does not say which images they are, or they are not there any more
 */
export async function openPicturesOfRun(
  run: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ImageDataset> {
  const { home } = await describeCoder(run, { signal });
  if (home.modality !== 'image') throw new UserError(`'${run}' is of texts: it has no images`);
  const { data } = home;
  const config =
    data.live?.images ??
    (home.hasShards ? recordedDataset((await readMetadata(data.shardRoot)).data) : undefined);
  if (config === undefined) {
    throw new UserError(`missing images: '${run}' does not say which images it was trained on`);
  }
  return openDataset(await relocated(config, run), { ...(signal && { signal }) });
}

/** Settings of images whose folder was moved together with the run. */
async function relocated(config: DatasetConfig, run: string): Promise<DatasetConfig> {
  if (!('root' in config) || typeof config.root !== 'string') return config;
  return { ...config, root: await whereItLies(config.root, run) };
}
