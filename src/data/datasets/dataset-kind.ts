// What a kind of image set is: its settings, how it is opened, and what Python's saev calls it.
import type { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { ImageDataset } from '../images/images.ts';
import type { KindSchema } from '../kinds.ts';

/** A kind of image set, as one object. Its file and a line in `config.ts` are all that it takes. */
export interface DatasetKind<Schema extends KindSchema = KindSchema> {
  /** Its settings, as config files, flags and docs have them. */
  readonly schema: Schema;
  /** Open the images. The signal ends later reads over the network, too. */
  open(config: z.output<Schema>, options: { signal?: AbortSignal }): Promise<ImageDataset>;
  readonly python: PythonDataset<z.output<Schema>>;
}

/** How Python's saev writes a set into shard metadata; the hash that names a shard folder depends on it. */
export interface PythonDataset<Config> {
  /** Dataclass of the original: `ImageFolderDataset`. */
  readonly original: string;
  /** Class of newer saev, in `saev.data.datasets`: `ImgFolder`. */
  readonly newer: string;
  /** Settings that both write, in their order. */
  readonly fields: readonly (keyof Config & string)[];
  /** Its number of images, and how it differs from what is there; the same number when not given. */
  count?(config: Config, dataset: CountedImages): number;
  difference?(
    config: Config,
    counts: { images: number; asPython: number },
    dataset: CountedImages,
  ): string;
}

/** What of an opened set its number of images is told from. */
export type CountedImages = Pick<ImageDataset, 'length' | 'walked'>;

/** State a kind: gives `open` and `python` the types of its schema. */
export function datasetKind<Schema extends KindSchema>(
  kind: DatasetKind<Schema>,
): DatasetKind<Schema> {
  return kind;
}

/**
 * Refuse an index that is not that of an image.
 * @throws {UserError} when it is not a whole number from 0 to below `length`.
 */
export function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new UserError(`invalid image number: ${index}`, {
    hint: length === 0 ? 'the dataset is empty' : `images are numbered 0 to ${length - 1}`,
  });
}
