// The images behind activations: found where a person names none, compared where one does.
import type { DataLoad } from '../../activations/config.ts';
import { findShards } from '../../activations/find-shards.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import { readOrigin } from '../../activations/shards/origin.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { bytes } from '../../base/text.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { countAsPython } from '../../data/datasets/python-name.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { checkSameExamples } from '../labels/labels.ts';

const log = logger('semprobe');

/**
 * Tell which images activations are of.
 * @throws {UserError} when their metadata do not say it.
 */
export async function curatedImages(data: DataLoad): Promise<DatasetConfig> {
  if (data.live !== undefined) return data.live.images;
  const folder = await findShards(data.shardRoot, data);
  const images = recordedDataset((await readMetadata(folder)).data);
  if (images !== undefined) return images;
  throw new UserError(`missing images: '${folder}' does not say what it was recorded from`, {
    hint: 'name the curated images with --images.type image-folder --images.root',
  });
}

/**
 * Refuse activations of other images than the curated ones: of another number, or from files of other sizes. Files of other
 * names or times are warned of.
 * @throws {UserError} that names both.
 */
export async function checkCuratedImages(
  data: DataLoad,
  images: DatasetConfig,
  dataset: ImageDataset,
): Promise<void> {
  if (data.live !== undefined) return;
  const folder = await findShards(data.shardRoot, data);
  const { nExamples, data: recorded } = await readMetadata(folder);
  const origin = (await readOrigin(folder))?.data;
  const named = 'root' in images ? images.root : images.type;
  const from = origin?.where ?? (recorded.length < 200 ? recorded : undefined);
  const activations = `'${folder}'${from === undefined ? '' : `, recorded from '${from}'`}`;
  if (nExamples !== countAsPython(images, dataset).asPython) {
    checkSameExamples({ nExamples: dataset.length }, nExamples, {
      labels: `'${named}'`,
      activations,
    });
  }
  const now = await dataset.origin?.();
  if (origin === undefined || now === undefined || origin.hash === now.hash) return;
  if (origin.files !== now.files || origin.bytes !== now.bytes) {
    throw new UserError(
      `activations of other images: ${activations}, ${origin.files} files of ${bytes(origin.bytes)}; '${named}' has ${now.files} of ${bytes(now.bytes)}`,
      { hint: 'record the curated images as they stand now' },
    );
  }
  log.warn(
    `files of '${named}' have other names, folders or times than when ${activations} were recorded: if any was moved, record them again`,
  );
}
