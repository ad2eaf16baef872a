// ImageNet-1K, or any image dataset laid out like it: parquet files on the HuggingFace hub or in a local folder.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { listHubFiles, openHubFile } from './hub/client.ts';
import type { HubRepo } from './hub/paths.ts';
import { localBuffer } from './hub/ranges.ts';
import type { ImageDataset } from './images.ts';
import { openParquetImages } from './parquet-images.ts';
import { comparePython } from './walk.ts';

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

/** Words in a file's path that mark a split, as the `datasets` library reads them. */
const SPLIT_WORDS: Record<string, readonly string[]> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/**
 * Pick the parquet files of a split, in order. Files that mark no split at all are the training set.
 *
 * @param where names the dataset in errors.
 * @throws UserError if the split is unknown or one of its numbered files is missing.
 */
export function shardsOfSplit(paths: readonly string[], split: string, where: string): string[] {
  const files = paths.filter((path) => path.endsWith('.parquet')).sort(comparePython);
  if (files.length === 0) throw new UserError(`missing images: no parquet file in '${where}'`);
  const known = Object.keys(SPLIT_WORDS);
  const found = known.filter((name) => files.some((path) => marks(path, name)));
  const chosen = files.filter((path) => marks(path, split));
  if (chosen.length === 0 && found.length === 0 && split === 'train') return files;
  if (chosen.length === 0)
    throw new UserError(`unknown split: '${split}' of '${where}'`, {
      hint: `it has: ${found.length > 0 ? found.join(', ') : 'train'}`,
    });
  checkNumbering(chosen, where);
  return chosen;
}

function marks(path: string, split: string): boolean {
  const words = (SPLIT_WORDS[split] ?? [split]).map(escapeRegExp);
  return new RegExp(`(^|[-._ 0-9/])(${words.join('|')})([-._ 0-9/]|$)`).test(path);
}

/** Files named `train-00003-of-00294.parquet` must all be there, or the images' numbers would be wrong. */
function checkNumbering(files: readonly string[], where: string): void {
  const numbers = files.map((path) => /-(\d+)-of-(\d+)\.parquet$/.exec(path));
  const total = Number(numbers[0]?.[2] ?? 0);
  if (total === 0 || numbers.some((match) => Number(match?.[2]) !== total)) return;
  const present = new Set(numbers.map((match) => Number(match![1])));
  for (let number = 0; number < total; number++)
    if (!present.has(number))
      throw new UserError(`missing parquet file: number ${number} of ${total} in '${where}'`, {
        hint: `there are ${files.length} of ${total}`,
      });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
