// What Python's saev calls a set of images in the metadata of shards, and how many images it says there are.
import { dataclassRepr, type ReprValue } from '../../formats/python/python-repr.ts';
import { PyGlobal, PyObject } from '../../formats/torch/pickle-values.ts';
import { pickle } from '../../formats/torch/pickle-write.ts';
import { kindOf } from '../kinds.ts';
import { DATASET_KINDS, type DatasetConfig } from './config.ts';
import type { CountedImages, DatasetKind, PythonDataset } from './dataset-kind.ts';

type Settings = Readonly<Record<string, unknown>> & { readonly type: string };

const pythonOf = (config: DatasetConfig): PythonDataset<Settings> =>
  kindOf<DatasetKind>(DATASET_KINDS, config).python as PythonDataset<Settings>;

const fieldsOf = (config: Settings, { fields }: PythonDataset<Settings>): [string, unknown][] =>
  fields.map((field) => [field, config[field]]);

/** Write the config as Python's saev writes it into shard metadata: `ImageFolderDataset(root='./data/split')`. */
export function pythonName(config: DatasetConfig): string {
  const python = pythonOf(config);
  const fields = Object.fromEntries(fieldsOf(config, python)) as Record<string, ReprValue>;
  return dataclassRepr(python.original, fields);
}

/** Write the config as newer saev's metadata (protocol 2.1) holds it: base64 of a pickle of its object. */
export function pickledConfig(config: DatasetConfig): string {
  const python = pythonOf(config);
  const fields = new Map(fieldsOf(config, python));
  const object = new PyObject(new PyGlobal('saev.data.datasets', python.newer), [], fields);
  return Buffer.from(pickle(object)).toString('base64');
}

/** Numbers of images: what is there, and what shard metadata say for the same config. */
interface ImageCounts {
  readonly images: number;
  readonly asPython: number;
  /** Why the two differ; undefined when they agree. */
  readonly difference: string | undefined;
}

/**
 * Count as the `n_imgs` of Python's configs does, because the hash of a shard folder depends on it: an image folder
 * counts every file below its root, ADE20K is 20,210 or 2,000 images by definition. Never fewer than there are: shards
 * are sized by this number, and the last images would be lost.
 */
export function countAsPython(config: DatasetConfig, dataset: CountedImages): ImageCounts {
  const { length: images } = dataset;
  const python = pythonOf(config);
  const asPython = Math.max(images, python.count?.(config, dataset) ?? images);
  const counts = { images, asPython };
  const difference = asPython === images ? undefined : python.difference?.(config, counts, dataset);
  return { ...counts, difference };
}
