// ImageNet-1K, or any image dataset laid out like it: parquet files on the HuggingFace hub or in a local folder.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { HubRepo } from '../../hub/cache-paths.ts';
import { listHubFiles, openHubFile } from '../../hub/client.ts';
import { localBuffer } from '../../hub/ranges.ts';
import type { ImageDataset } from '../images/images.ts';
import { openParquetImages } from './parquet-images.ts';
import { shardsOfSplit } from './splits.ts';

export interface ImagenetOptions {
  /** Dataset on the hub: `org/name`. */
  readonly name: string;
  readonly split: string;
  /** Folder with the parquet files, or one such file; without it they are read from the hub, by range. */
  readonly root?: string;
  readonly signal?: AbortSignal;
}

/** Requests to the hub under way at a time. */
const CONNECTIONS = 8;

/** Open one split. Labels of a dataset on the hub are known once their images are read. @throws UserError */
export async function openImagenet(options: ImagenetOptions): Promise<ImageDataset> {
  const { name, split, root, signal } = options;
  if (root === undefined) {
    const repo: HubRepo = { type: 'dataset', name };
    const paths = (await listHubFiles(repo, { signal })).map(({ path }) => path);
    const sources = shardsOfSplit(paths, split, name).map((path) => ({
      name: `${name}/${path}`,
      open: () => openHubFile(repo, path, { signal }),
    }));
    return openParquetImages(sources, { labels: 'with images', concurrency: CONNECTIONS });
  }
  const sources = (await localShards(root, split)).map((path) => ({
    name: path,
    open: () => localBuffer(path),
  }));
  return openParquetImages(sources, { labels: 'now' });
}

async function localShards(root: string, split: string): Promise<string[]> {
  const kind = await kindOfPath(root);
  if (kind === 'file') return [root];
  if (kind !== 'folder') throw new UserError(`missing folder of parquet files: '${root}'`);
  const names = (await readdir(root, { recursive: true })).map((name) =>
    name.replaceAll('\\', '/'),
  );
  return shardsOfSplit(names, split, root).map((name) => join(root, name));
}
