// ImageNet-1K, or any image dataset laid out like it: parquet files on the HuggingFace hub or in a local folder.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { listHubCommit, openHubFile } from '../../hub/client.ts';
import { hubRepoNamed } from '../../hub/names.ts';
import { localBuffer } from '../../hub/ranges.ts';
import { originOfFiles, originOnHub } from '../files/data-origin.ts';
import type { ImageDataset } from '../images/images.ts';
import { datasetKind } from './dataset-kind.ts';
import { shardsOfSplit } from './parquet-splits.ts';

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
      split: z.string().min(1).default('train').describe('Split: train, validation or test.'),
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
 * Open one split. Labels of a dataset on the hub are known once their images are read.
 * @throws {UserError} when there is no such dataset or split, or one of its files is missing or damaged.
 */
export async function openImagenet(options: ImagenetOptions): Promise<ImageDataset> {
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
  const names = (await readdir(root, { recursive: true })).map((name) =>
    name.replaceAll('\\', '/'),
  );
  return shardsOfSplit(names, split, root);
}
