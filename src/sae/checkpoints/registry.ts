// Every checkpoint format, one line each, and reading and writing sparse coders in any of them.
import { basename, dirname } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { type CheckpointFiles, openCheckpointFiles } from './checkpoint-files.ts';
import { dictionaryLearning } from './dictionary-learning.ts';
import type { CheckpointFormat, OpenCheckpoint, TensorSummary } from './format.ts';
import { saelens } from './saelens.ts';
import { saev, saevEarly } from './saev.ts';
import { sparsify } from './sparsify.ts';
import { transcoderCircuits } from './transcoder-circuits.ts';

/** Every format, the default first. */
export const CHECKPOINT_FORMATS = [
  saelens,
  saev,
  saevEarly,
  transcoderCircuits,
  sparsify,
  dictionaryLearning,
] as const satisfies readonly CheckpointFormat[];

/** The names of the checkpoint formats. */
export type CheckpointFormatName = (typeof CHECKPOINT_FORMATS)[number]['name'];

/** The names of those formats that can be written, the default first. */
export const WRITABLE_FORMATS: readonly CheckpointFormatName[] = CHECKPOINT_FORMATS.filter(
  ({ write }) => write !== undefined,
).map(({ name }) => name);

/** What a checkpoint is, told without reading its weights. */
export interface CheckpointDescription {
  /** The folder, or the single file. */
  readonly path: string;
  readonly format: CheckpointFormatName;
  /** The format and its version, for people: `saev, schema 5`. */
  readonly variant: string;
  readonly config: CoderConfig;
  readonly tensors: readonly TensorSummary[];
}

/**
 * Read a checkpoint of any known format.
 * @throws {UserError} when it is damaged, of another shape than it says, or not finite
 */
export async function readCheckpoint(
  path: string,
  formats: readonly CheckpointFormat[] = CHECKPOINT_FORMATS,
): Promise<SparseCoder> {
  return withCheckpoint(path, formats, async ({ config, readWeights }) => ({
    config,
    weights: await readWeights(),
  }));
}

/**
 * Write a coder. `saelens`, `sparsify` and `dictionary-learning` take a folder, the others a file.
 * @throws {UserError} for a coder that the format cannot hold, before anything is written
 */
export async function writeCheckpoint(
  coder: SparseCoder,
  path: string,
  format: CheckpointFormatName = 'saelens',
): Promise<void> {
  await formatNamed(format, CHECKPOINT_FORMATS).write(coder, path);
}

/**
 * Find a format that can be written.
 * @throws {UserError} when there is none of that name
 */
export function formatNamed(
  name: string,
  formats: readonly CheckpointFormat[],
): CheckpointFormat & Required<Pick<CheckpointFormat, 'write'>> {
  const found = formats.find((format) => format.name === name);
  if (found?.write !== undefined) return { ...found, write: found.write };
  const names = formats.filter(({ write }) => write !== undefined).map((format) => format.name);
  throw unknownName('checkpoint format', name, names);
}

/**
 * Tell a checkpoint's format, shapes, activation and metadata without reading its weights.
 * @throws {UserError} when there is none, or its header is wrong
 */
export async function describeCheckpoint(path: string): Promise<CheckpointDescription> {
  return withCheckpoint(
    path,
    CHECKPOINT_FORMATS,
    async ({ variant, config, tensors }, files, format) => ({
      path: files.path,
      format: format.name as CheckpointFormatName,
      variant,
      config,
      tensors,
    }),
  );
}

/** Whether something that looks like a checkpoint stands at `path`, by file names alone. */
export async function looksLikeCheckpoint(
  path: string,
  formats: readonly CheckpointFormat[] = CHECKPOINT_FORMATS,
): Promise<boolean> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') return false;
  const endings = formats.flatMap((format) => format.endings ?? []);
  if (kind === 'file' && endings.some((ending) => path.endsWith(ending))) return true;
  const names = formats.flatMap((format) => format.files);
  if (kind === 'file' && !names.includes(basename(path))) return false;
  const files = await openCheckpointFiles(kind === 'file' ? dirname(path) : path, { records: [] });
  for (const format of formats) if (await format.detect(files)) return true;
  return false;
}

/** Open the checkpoint at `path`, do something with it, and close its files whatever happens. */
async function withCheckpoint<T>(
  path: string,
  formats: readonly CheckpointFormat[],
  use: (opened: OpenCheckpoint, files: CheckpointFiles, format: CheckpointFormat) => Promise<T>,
): Promise<T> {
  const records = formats.flatMap((format) => format.records ?? []);
  const files = await openCheckpointFiles(path, { records });
  try {
    const format = await detect(files, formats);
    return await use(await format.open(files), files, format);
  } finally {
    await files.close();
  }
}

/** The first format that knows the files. Where none does, what the first one said against them is the error. */
async function detect(
  files: CheckpointFiles,
  formats: readonly CheckpointFormat[],
): Promise<CheckpointFormat> {
  let refusal: UserError | undefined;
  for (const format of formats) {
    try {
      if (await format.detect(files)) return format;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal ??= error;
    }
  }
  throw (
    refusal ??
    new UserError(`'${files.path}' is no checkpoint of a known format`, {
      hint: `known: ${formats.map(({ name }) => name).join(', ')}`,
    })
  );
}
