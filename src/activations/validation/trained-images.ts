// Images to validate on that are trained on, too, told by where they stand: sets have parts, and folders lie in others.
import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { kindOfPath } from '../../base/files.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { readMetadata } from '../shards/metadata.ts';
import { refuseInBoth } from './in-both.ts';

/** Images, and the settings that they were opened by. */
export interface ImageSet {
  readonly dataset: Pick<ImageDataset, 'length' | 'entry' | 'origin'>;
  readonly config: DatasetConfig;
}

/**
 * Refuse images to validate on when more than a tenth of them are trained on, and warn of fewer.
 * @throws {UserError} when they are.
 */
export async function refuseTrainedImages(validation: ImageSet, training: ImageSet): Promise<void> {
  const trained = new Set(await placesOf(training));
  const own = await placesOf(validation);
  refuseInBoth(own.filter((place) => trained.has(place)).length, {
    noun: 'image',
    of: own.length,
    among: 'them',
  });
}

/**
 * Refuse recorded images to validate on as {@link refuseTrainedImages} does, where the images still stand where they were.
 * `trained` is another recording, or images that a model runs along over.
 *
 * @throws {UserError} when they are trained on.
 */
export async function refuseTrainedRecording(
  folder: string,
  trained: string | DatasetConfig,
): Promise<void> {
  const own = await recordedImages(folder);
  const theirs = typeof trained === 'string' ? await recordedImages(trained) : trained;
  // Sets of which neither lies in the other need not be walked through.
  if (own === undefined || theirs === undefined || !(await lieInEachOther(own, theirs))) return;
  const opened: ImageDataset[] = [];
  try {
    for (const config of [own, theirs]) opened.push(await openDataset(config));
    const [validation, training] = opened;
    await refuseTrainedImages(
      { dataset: validation!, config: own },
      { dataset: training!, config: theirs },
    );
  } finally {
    for (const dataset of opened) await dataset.close();
  }
}

/** The images of a recording, where they are still there. */
async function recordedImages(folder: string): Promise<DatasetConfig | undefined> {
  const config = recordedDataset((await readMetadata(folder)).data);
  const isThere = config?.root !== undefined && (await kindOfPath(config.root)) !== 'nothing';
  return isThere ? config : undefined;
}

async function lieInEachOther(a: DatasetConfig, b: DatasetConfig): Promise<boolean> {
  const [own, theirs] = [await realRoot(a), await realRoot(b)];
  if (own === undefined || theirs === undefined) return false;
  return (
    `${own}${sep}`.startsWith(`${theirs}${sep}`) || `${theirs}${sep}`.startsWith(`${own}${sep}`)
  );
}

/** Where each image stands: its file without links, or its row of a parquet file. */
async function placesOf({ dataset, config }: ImageSet): Promise<string[]> {
  const { root } = config;
  const real = await realRoot(config);
  return Array.from({ length: dataset.length }, (_, i) => {
    const { source } = dataset.entry(i);
    return root === undefined || real === undefined ? source : join(real, relative(root, source));
  });
}

async function realRoot({ root }: DatasetConfig): Promise<string | undefined> {
  return root === undefined ? undefined : realpath(root).catch(() => undefined);
}
