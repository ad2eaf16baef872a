// From a choice of images in a config to the dataset itself, and to what Python would have called it.
import { dataclassRepr } from '../../formats/python/python-repr.ts';
import { countFiles } from '../files/walk.ts';
import type { ImageDataset } from '../images/images.ts';
import { openAde20k } from './ade20k.ts';
import type { DatasetConfig } from './config.ts';
import { openImageFolder } from './image-folder.ts';

/** Open the images that a config names. The signal ends later reads over the network, too. @throws UserError */
export async function openDataset(
  config: DatasetConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ImageDataset> {
  switch (config.type) {
    case 'imagenet': {
      // Readers of parquet are loaded only where they are needed.
      const { openImagenet } = await import('./imagenet.ts');
      return openImagenet({ ...config, signal });
    }
    case 'image-folder':
      return openImageFolder(config.root);
    case 'ade20k':
      return openAde20k(config.root, config.split);
  }
}

/** Write the config as Python's saev writes it into shard metadata: `ImageFolderDataset(root='./data/split')`. */
export function pythonName(config: DatasetConfig): string {
  switch (config.type) {
    case 'imagenet':
      return dataclassRepr('ImagenetDataset', { name: config.name, split: config.split });
    case 'image-folder':
      return dataclassRepr('ImageFolderDataset', { root: config.root });
    case 'ade20k':
      return dataclassRepr('Ade20kDataset', { root: config.root, split: config.split });
  }
}

/** Numbers of images: what is there, and what Python's saev writes into metadata for the same config. */
export interface ImageCounts {
  readonly images: number;
  readonly asPython: number;
  /** Why the two differ; undefined when they agree. */
  readonly difference: string | undefined;
}

/**
 * Count as the `n_imgs` of Python's configs does, because the hash of a shard folder depends on it: an image folder
 * counts every file below its root, ADE20K is 20,210 or 2,000 images by definition.
 */
export async function countAsPython(
  config: DatasetConfig,
  dataset: Pick<ImageDataset, 'length'>,
): Promise<ImageCounts> {
  const images = dataset.length;
  const asPython = await pythonCount(config, images);
  const difference =
    asPython === images
      ? undefined
      : config.type === 'ade20k'
        ? `ADE20K's ${config.split} split has ${asPython} images, this one ${images}`
        : `${asPython} files, of which ${images} are images in class folders`;
  return { images, asPython, difference };
}

async function pythonCount(config: DatasetConfig, images: number): Promise<number> {
  switch (config.type) {
    case 'imagenet':
      return images;
    case 'image-folder':
      return countFiles(config.root);
    case 'ade20k':
      return config.split === 'validation' ? 2_000 : 20_210;
  }
}
