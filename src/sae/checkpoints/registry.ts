// Reading and writing sparse coders in every known checkpoint format.
import { basename, dirname, join } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { openBytes, readBytes } from '../../formats/byte-source.ts';
import { openTorchFile } from '../../formats/torch/torch-file.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { dictionaryLearning, isDictionaryLearning } from './dictionary-learning.ts';
import type { CheckpointFormat, CheckpointFormatName, TensorSummary } from './format.ts';
import { SAELENS_WEIGHTS, saelens } from './saelens.ts';
import { saev, saevEarly } from './saev.ts';
import { SPARSIFY_WEIGHTS, sparsify } from './sparsify.ts';
import { CONFIG_CLASSES, transcoderCircuits } from './transcoder-circuits.ts';

/** Every format, the default first. */
export const CHECKPOINT_FORMATS: readonly CheckpointFormat[] = [
  saelens,
  saev,
  saevEarly,
  transcoderCircuits,
  sparsify,
  dictionaryLearning,
];

/** What a checkpoint is, told without reading its weights. */
export interface CheckpointDescription {
  readonly path: string;
  readonly format: CheckpointFormatName;
  /** The format and its version, for people: `saev, schema 5`. */
  readonly variant: string;
  readonly config: CoderConfig;
  readonly tensors: readonly TensorSummary[];
}

/** Read a checkpoint of any known format. Throws a UserError when it is damaged, of another shape than it says, or not finite. */
export async function readCheckpoint(path: string): Promise<SparseCoder> {
  const found = await detectCheckpoint(path);
  const opened = await found.format.open(found.path);
  try {
    return { config: opened.config, weights: await opened.readWeights() };
  } finally {
    await opened.close();
  }
}

/**
 * Write a coder. `saelens`, `sparsify` and `dictionary-learning` take a folder, the others a file.
 * Throws a UserError for a coder that the format cannot hold, before anything is written.
 */
export async function writeCheckpoint(
  coder: SparseCoder,
  path: string,
  format: CheckpointFormatName = 'saelens',
): Promise<void> {
  const known = CHECKPOINT_FORMATS.find(({ name }) => name === format);
  if (known === undefined) {
    const names = CHECKPOINT_FORMATS.map(({ name }) => name);
    throw unknownName('checkpoint format', format, names);
  }
  await known.write(coder, path);
}

/**
 * Tell a checkpoint's format, shapes, activation and metadata without reading its weights.
 * Throws a UserError when there is none, or its header is wrong.
 */
export async function describeCheckpoint(path: string): Promise<CheckpointDescription> {
  const found = await detectCheckpoint(path);
  const opened = await found.format.open(found.path);
  const { variant, config, tensors } = opened;
  await opened.close();
  return { path: found.path, format: found.format.name, variant, config, tensors };
}

/** Whether something that looks like a checkpoint stands at `path`, by file names alone. */
export async function looksLikeCheckpoint(path: string): Promise<boolean> {
  const kind = await kindOfPath(path);
  if (kind === 'folder') return (await inFolder(path)) !== undefined;
  return kind === 'file' && /\.(pt|pkl\.gz|pkl)$|^sae_weights\.safetensors$/.test(basename(path));
}

interface Found {
  readonly format: CheckpointFormat;
  /** The file or folder that the format opens. */
  readonly path: string;
}

async function detectCheckpoint(path: string): Promise<Found> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing checkpoint: '${path}'`);
  const found = kind === 'folder' ? await inFolder(path) : await inFile(path);
  if (found !== undefined) return found;
  throw new UserError(`'${path}' is no checkpoint of a known format`, {
    hint: `known: ${CHECKPOINT_FORMATS.map(({ name }) => name).join(', ')}`,
  });
}

async function inFolder(path: string): Promise<Found | undefined> {
  const has = async (name: string): Promise<boolean> =>
    (await kindOfPath(join(path, name))) === 'file';
  if (await has('cfg.json')) {
    if (await has(SAELENS_WEIGHTS)) return { format: saelens, path };
    if (await has(SPARSIFY_WEIGHTS)) return { format: sparsify, path };
  }
  if (await has('ae.pt')) return { format: dictionaryLearning, path };
  if (await has('sae.pt')) return { format: saev, path: join(path, 'sae.pt') };
  return undefined;
}

async function inFile(path: string): Promise<Found | undefined> {
  if (path.endsWith('.safetensors') || basename(path) === 'cfg.json')
    return inFolder(dirname(path));
  const source = await openBytes(path, 'checkpoint');
  const start = await readBytes(source, 0, Math.min(source.size, 1)).finally(() => source.close());
  if (start[0] === '{'.charCodeAt(0)) return { format: saev, path };
  const file = await openTorchFile(path, { records: CONFIG_CLASSES });
  try {
    if (file.value instanceof Map && file.value.has('cfg')) {
      return { format: transcoderCircuits, path };
    }
    const names = new Set(stateDictOf(file.value, path).keys());
    return isDictionaryLearning(names) ? { format: dictionaryLearning, path } : undefined;
  } finally {
    await file.close();
  }
}
