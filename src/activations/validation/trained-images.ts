// Images to validate on that are trained on, too, told by where they stand, or by their names and bytes: sets have parts and
// copies, and folders lie in others.
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { mapAhead } from '../../base/iterables.ts';
import { number } from '../../base/text.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { readMetadata } from '../shards/metadata.ts';
import { refuseInBoth } from './in-both.ts';

/** Images to validate on that are looked for, at most: evenly over all of them. */
const MOST_IMAGES = 1000;
/** Images that are looked for at the same time. */
const CONCURRENCY = 8;

/** Images, and the settings that they were opened by. */
export interface ImageSet {
  readonly dataset: Pick<ImageDataset, 'length' | 'entry' | 'origin'>;
  readonly config: DatasetConfig;
}

/**
 * Refuse images to validate on when more than a tenth of them are trained on, and warn of fewer. A copy is known by its name and
 * its bytes.
 * @throws {UserError} when they are.
 */
export async function refuseTrainedImages(validation: ImageSet, training: ImageSet): Promise<void> {
  const { length } = validation.dataset;
  const of = Math.min(length, MOST_IMAGES);
  const looked = Array.from({ length: of }, (_, i) => Math.floor((i * length) / of));
  const byName = new Map<string, string[]>();
  for (const place of await placesOf(training)) {
    const name = basename(place);
    const named = byName.get(name);
    if (named === undefined) byName.set(name, [place]);
    else named.push(place);
  }
  const own = await placesOf(validation, looked);
  let inBoth = 0;
  const isTrained = async (place: string): Promise<boolean> => {
    const named = byName.get(basename(place)) ?? [];
    if (named.includes(place)) return true;
    for (const other of named) if (await haveSameBytes(place, other)) return true;
    return false;
  };
  for await (const isInBoth of mapAhead(own, CONCURRENCY, isTrained)) if (isInBoth) inBoth++;
  const among = of < length ? `the ${number(of)} that were looked for` : 'them';
  refuseInBoth(inBoth, { noun: 'image', of, among });
}

/**
 * Refuse recorded images to validate on as {@link refuseTrainedImages} does, where the images still stand where they were.
 * `trained` is another recording, or images that a model runs along over.
 *
 * @throws {UserError} when they are trained on.
 */
export async function refuseTrainedRecording(
  folder: string,
  trained: string | ImageSet,
): Promise<void> {
  const opened: ImageDataset[] = [];
  const open = async (recording: string): Promise<ImageSet | undefined> => {
    const set = await openRecorded(recording);
    if (set !== undefined) opened.push(set.dataset);
    return set;
  };
  try {
    const validation = await open(folder);
    const training = typeof trained === 'string' ? await open(trained) : trained;
    if (validation === undefined || training === undefined) return;
    await refuseTrainedImages(validation, training);
  } finally {
    for (const dataset of opened) await dataset.close();
  }
}

/** Open the images of a recording; undefined where they are not on this machine, or not what they were. */
async function openRecorded(
  folder: string,
): Promise<(ImageSet & { readonly dataset: ImageDataset }) | undefined> {
  const config = recordedDataset((await readMetadata(folder)).data);
  // Sets of the hub are not listed for this alone.
  if (config === undefined || rootOf(config) === undefined) return undefined;
  try {
    return { dataset: await openDataset(config), config };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Where images stand, all or those `wanted`: their files without links, or their rows of parquet files. */
async function placesOf(
  { dataset, config }: ImageSet,
  wanted: Iterable<number> = Array(dataset.length).keys(),
): Promise<string[]> {
  const root = rootOf(config);
  const real = root === undefined ? undefined : await realpath(root).catch(() => undefined);
  return Array.from(wanted, (index) => {
    const { source } = dataset.entry(index);
    return root === undefined || real === undefined ? source : join(real, relative(root, source));
  });
}

function rootOf(config: DatasetConfig): string | undefined {
  return 'root' in config ? config.root : undefined;
}

/** Whether two places are files of the same bytes; rows of parquet files are not. */
async function haveSameBytes(a: string, b: string): Promise<boolean> {
  const sizeOf = async (path: string): Promise<number | undefined> =>
    (await stat(path).catch(() => undefined))?.size;
  const size = await sizeOf(a);
  if (size === undefined || size !== (await sizeOf(b))) return false;
  return (await readFile(a)).equals(await readFile(b));
}
