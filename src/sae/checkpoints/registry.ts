// Every checkpoint format, one line each, and reading and writing sparse coders in any of them.
import { basename, dirname } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { placeWhole } from '../../base/placing.ts';
import { type CoderConfig, isTranscoder, type SparseCoder } from '../coder.ts';
import { foldNormalization } from '../fold.ts';
import {
  type CheckpointFiles,
  type CheckpointHints,
  openCheckpointFiles,
} from './checkpoint-files.ts';
import { dictionaryLearning } from './dictionary-learning.ts';
import type { CheckpointFormat, OpenCheckpoint, TensorSummary } from './format.ts';
import { cannotHold } from './header.ts';
import { saelens } from './saelens.ts';
import { SCALER_FILE } from './saelens-scaling.ts';
import { saev, saevEarly } from './saev.ts';
import { sparsify } from './sparsify.ts';
import { transcoderCircuits } from './transcoder-circuits.ts';

const log = logger('checkpoints');

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
  /** Why it cannot be loaded, where it cannot. */
  readonly obstacle?: string;
}

/** How a checkpoint is read. */
export interface ReadCheckpointOptions {
  /** Formats that are known. @default {@link CHECKPOINT_FORMATS} */
  readonly formats?: readonly CheckpointFormat[];
  /** What its files do not say. */
  readonly hints?: CheckpointHints;
}

/**
 * Read a checkpoint of any known format.
 * @throws {UserError} when it is damaged, of another shape than it says, not finite, or says something of its coder that
 * is not known here
 */
export async function readCheckpoint(
  path: string,
  options: ReadCheckpointOptions = {},
): Promise<SparseCoder> {
  return withCheckpoint(path, options, async ({ config, obstacle, readWeights }) => {
    if (obstacle !== undefined) throw obstacle;
    return { config, weights: await readWeights() };
  });
}

/** How a checkpoint takes its place. */
export interface WriteCheckpointOptions {
  /** Whether what stands there may be replaced. @default true */
  readonly overwrite?: boolean;
  /** Whether centring and scaling of inputs go into the weights also where the file could say them. @default false */
  readonly foldScale?: boolean;
}

/**
 * Write a coder. `saelens`, `sparsify` and `dictionary-learning` take a folder, the others a file. It appears whole, and
 * weights of other formats in a folder that is written over are removed.
 * @throws {UserError} for a coder that the format cannot hold, before anything is written
 */
export async function writeCheckpoint(
  coder: SparseCoder,
  path: string,
  format: CheckpointFormatName = 'saelens',
  { overwrite = true, foldScale = false }: WriteCheckpointOptions = {},
): Promise<void> {
  const { write, normalization } = formatNamed(format, CHECKPOINT_FORMATS);
  const kept = foldScale && normalization === 'said' ? undefined : normalization;
  const held = withHeldNormalization(coder, format, kept);
  const weights = CHECKPOINT_FORMATS.flatMap(({ files }) => files).filter(
    (name) => !name.endsWith('.json'),
  );
  const stale = [...weights, SCALER_FILE];
  await placeWhole(path, (place) => write(held, place), { overwrite, stale });
}

/** The coder as a format holds it that does `kept` with the normalisation of inputs. */
function withHeldNormalization(
  coder: SparseCoder,
  format: string,
  kept: CheckpointFormat['normalization'],
): SparseCoder {
  if (coder.config.normalization === undefined || kept === 'said') return coder;
  if (kept === undefined) {
    if (isTranscoder(coder.config) || coder.weights.wSkip !== undefined) {
      throw cannotHold(format, 'a transcoder whose inputs are centred or scaled');
    }
    return foldNormalization(coder);
  }
  log.warn(
    `${format} checkpoints do not say how inputs are centred and scaled: their program takes that from the activations`,
  );
  return coder;
}

/**
 * Choose the format for a name that a coder is to be written under. A `.pt` is what the coder's original program loads:
 * that of transcoder-circuits for transcoders, the first saev's for ReLU autoencoders, and saev's newest for others, which
 * the first does not know. Anything else is a folder of SAELens.
 */
export function formatForName(
  path: string,
  { config, weights }: SparseCoder,
): CheckpointFormatName {
  if (/\.pkl(\.gz)?$/.test(path)) return 'transcoder-circuits';
  if (!path.endsWith('.pt')) return 'saelens';
  if (isTranscoder(config) || weights.wSkip !== undefined) return 'transcoder-circuits';
  const isEarly = config.activation.kind === 'relu' && config.dSae % config.dIn === 0;
  return isEarly ? 'saev-early' : 'saev';
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
    {},
    async ({ variant, config, tensors, obstacle }, files, format) => ({
      path: files.path,
      format: format.name as CheckpointFormatName,
      variant,
      config,
      tensors,
      ...(obstacle && { obstacle: obstacle.message }),
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
  { formats = CHECKPOINT_FORMATS, hints }: ReadCheckpointOptions,
  use: (opened: OpenCheckpoint, files: CheckpointFiles, format: CheckpointFormat) => Promise<T>,
): Promise<T> {
  const records = formats.flatMap((format) => format.records ?? []);
  const files = await openCheckpointFiles(path, { records, hints });
  try {
    const format = await detect(files, formats);
    const opened = await format.open(files);
    checkActivation(opened.config, files);
    return await use(opened, files, format);
  } finally {
    await files.close();
  }
}

/** No row has more than all latents, and what a person said may not contradict what the files say. */
function checkActivation(
  { activation, dSae }: CoderConfig,
  { path, hints }: CheckpointFiles,
): void {
  if ('k' in activation && activation.k > dSae) {
    throw new UserError(
      `invalid checkpoint: k is ${activation.k} in '${path}', which has ${dSae} latents`,
    );
  }
  const { activation: said = activation.kind } = hints;
  if (said === activation.kind) return;
  throw new UserError(`'${path}' holds a ${activation.kind} coder, not a ${said} one`);
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
