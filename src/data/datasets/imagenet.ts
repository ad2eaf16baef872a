// ImageNet-1K, or any image dataset laid out like it: parquet files on the HuggingFace hub or in a local folder.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { listHubCommit, openHubFile } from '../../hub/client.ts';
import { hubRepoNamed } from '../../hub/names.ts';
import { localBuffer } from '../../hub/ranges.ts';
import { originOfFiles, originOnHub } from '../files/data-origin.ts';
import { filesBelow } from '../files/tree.ts';
import type { ImageDataset } from '../images/images.ts';
import { datasetKind } from './dataset-kind.ts';
import { shardsOfSplit } from './parquet-splits.ts';
import { isWhole, joinSlices, parseSlices } from './slices.ts';

/** ImageNet, or what is laid out like it. A local copy does not change its name in metadata. */
export const imagenet = datasetKind({
  schema: z
    .strictObject({
      type: z.literal('imagenet'),
      name: z
        .string()
        .min(1)
        .default('ILSVRC/imagenet-1k')
        .describe('Dataset on the HuggingFace hub, stored as parquet files.'),
      split: z
        .string()
        .min(1)
        .default('train')
        .describe(
          'Split: train, validation or test; or parts, as datasets names them: train[:10%], train[100:200]+validation.',
        ),
      root: z
        .string()
        .min(1)
        .optional()
        .describe('Folder with the parquet files; without it they are read from the hub.'),
    })
    .describe('ImageNet-1K, or any image dataset of the hub with its layout.'),
  open: (config, { signal }) => openImagenet({ ...config, signal }),
  python: { original: 'ImagenetDataset', newer: 'Imagenet', fields: ['name', 'split'] },
});

interface ImagenetOptions {
  /** Dataset on the hub: `org/name`. */
  readonly name: string;
  readonly split: string;
  /** Folder with the parquet files, or one such file; without it they are read from the hub, by range. */
  readonly root?: string;
  readonly signal?: AbortSignal;
}

/** Requests to the hub under way at a time. */
const CONNECTIONS = 8;

/**
 * Open a split, or parts of splits. Labels of a dataset on the hub are known once their images are read, or looked up.
 * @throws {UserError} when there is no such dataset or split, or one of its files is missing or damaged.
 */
export async function openImagenet(options: ImagenetOptions): Promise<ImageDataset> {
  const slices = parseSlices(options.split);
  const opened = new Map<string, ImageDataset>();
  for (const { split } of slices)
    if (!opened.has(split)) opened.set(split, await openSplit({ ...options, split }));
  const [whole] = opened.values();
  if (slices.length === 1 && isWhole(slices[0]!)) return whole!;
  const parts = slices.map((slice) => ({ slice, dataset: opened.get(slice.split)! }));
  return joinSlices(options.split, parts);
}

async function openSplit(options: ImagenetOptions): Promise<ImageDataset> {
  const { name, split, root, signal } = options;
  // Readers of parquet are loaded only where they are needed.
  const { openParquetImages } = await import('./parquet-images.ts');
  if (root === undefined) {
    const repo = hubRepoNamed(name, 'dataset');
    const { commit, files } = await listHubCommit(repo, { signal });
    const byPath = new Map(files.map((file) => [file.path, file]));
    const paths = shardsOfSplit([...byPath.keys()], split, name);
    const sources = paths.map((path) => ({
      name: `${name}/${path}`,
      open: () => openHubFile(repo, path, { signal }),
    }));
    const chosen = paths.map((path) => byPath.get(path)!);
    return openParquetImages(sources, {
      labels: 'with images',
      concurrency: CONNECTIONS,
      origin: async () => originOnHub(name, commit, chosen),
    });
  }
  const names = await localShards(root, split);
  const sources = names.map((name) => ({
    name: join(root, name),
    open: () => localBuffer(join(root, name)),
  }));
  return openParquetImages(sources, { labels: 'now', origin: () => originOfFiles(root, names) });
}

/** The files of a split, by their paths in `root`; one without a name is `root` itself. */
async function localShards(root: string, split: string): Promise<string[]> {
  const kind = await kindOfPath(root);
  if (kind === 'file') return [''];
  if (kind !== 'folder') throw new UserError(`missing folder of parquet files: '${root}'`);
  const names = await filesBelow(root);
  return shardsOfSplit(names, split, root);
}
