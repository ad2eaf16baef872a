// From a choice of images in a config to the dataset itself.
import type { ImageDataset } from '../images/images.ts';
import { kindOf } from '../kinds.ts';
import { DATASET_KINDS, type DatasetConfig } from './config.ts';
import type { DatasetKind } from './dataset-kind.ts';

/**
 * Open the images that a config names. The signal ends later reads over the network, too.
 * @throws {UserError} when they are missing, or not laid out as their kind is.
 */
export async function openDataset(
  config: DatasetConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ImageDataset> {
  const kinds: readonly DatasetKind[] = DATASET_KINDS;
  return kindOf(kinds, config).open(config, { signal });
}
