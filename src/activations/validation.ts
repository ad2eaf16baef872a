// Rows to validate on: a share of the examples that training never reads, or those of another set, scaled as training's.
import { realpath } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { stableJson } from '../base/json.ts';
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import type { TextConfig } from '../data/texts/config.ts';
import { findShards, type WantedRows } from './find-shards.ts';
import { areSameExamples, type ExamplesIdentity, recordedExamples } from './identity.ts';
import { drawn, examplesApart, othersThan } from './reading/apart.ts';
import { readMetadata } from './shards/metadata.ts';
import type { ActivationSource } from './types.ts';

const log = logger('activations');

/** Which rows to validate on: exactly one of `share`, `shardRoot`, `images` and `texts`. */
export interface ValidationChoice {
  /** Share of the examples of training, which are then not trained on. */
  readonly share?: number | undefined;
  /** Folder of other shards of the same model. */
  readonly shardRoot?: string | undefined;
  /** Other images for the vision model that runs along. */
  readonly images?: DatasetConfig | undefined;
  /** Other texts for the language model that runs along, and how many contexts they are to make. */
  readonly texts?: TextConfig | undefined;
  readonly nContexts?: number | undefined;
  /** Seed of the draw: of the share, and of what is read of it. */
  readonly seed: number;
  /** Rows that are read, about: whole examples. */
  readonly nRows: number;
}

/** Rows to validate on. */
export interface ValidationRows {
  /** The rows that are read; the source they belong with closes it. */
  readonly source: ActivationSource;
  readonly from: 'share' | 'shards' | 'images' | 'texts';
  /** Every example that may be validated on, in the order drawn: the first `nRead` of them are in `source`. */
  readonly examples: Uint32Array;
  readonly nRead: number;
  /** Examples of the set that they were drawn from. */
  readonly nAll: number;
}

/** A set of examples that can be opened without some of them. */
interface ExampleSet {
  readonly nExamples: number;
  /** Examples without rows. */
  readonly absent: Iterable<number>;
  /** Open the rows that belong to the training sources at these places. */
  open(leaveOut: Uint32Array, places: readonly number[]): Promise<ActivationSource[]>;
}

/**
 * Choose the examples of a set that training leaves out, in the order drawn; undefined where another set is validated on.
 * @throws {UserError} when the set is too small to be divided.
 */
export function keptApart(
  { share, seed }: Pick<ValidationChoice, 'share' | 'seed'>,
  { nExamples, absent, isRemote = false }: Omit<ExampleSet, 'open'> & { isRemote?: boolean },
): Uint32Array | undefined {
  if (share === undefined) return undefined;
  const present = othersThan(absent, nExamples);
  return examplesApart(present, { share, seed, rule: isRemote ? 'first' : 'drawn' });
}

/** What is trained on. */
type TrainingSource = Pick<
  ActivationSource,
  'dModel' | 'dTarget' | 'rowsPerExample' | 'length' | 'leftOut'
>;

/**
 * Open rows to validate on for each source that is trained on: the first of `kept`, or of all examples of a set in an order drawn.
 * @throws {UserError} when the set is empty, or its rows are not as wide as those of training.
 */
export async function openValidation(
  { nRows, seed }: Pick<ValidationChoice, 'nRows' | 'seed'>,
  set: ExampleSet,
  {
    sources: training,
    from,
    kept,
  }: {
    readonly sources: readonly TrainingSource[];
    readonly from: ValidationRows['from'];
    readonly kept?: Uint32Array | undefined;
  },
): Promise<ValidationRows[]> {
  const all = othersThan(set.absent, set.nExamples);
  if (all.length === 0) throw new UserError('no rows to validate on: the set is empty');
  const examples = kept ?? drawn(all, seed);
  const read = training.map((source) => Math.min(examples.length, examplesFor(nRows, source)));
  const opened: ActivationSource[] = [];
  try {
    // Those that read the same examples are opened as one, so that they can be read together.
    for (const nRead of new Set(read)) {
      const places = [...read.keys()].filter((place) => read[place] === nRead);
      const leaveOut = othersThan(examples.subarray(0, nRead), set.nExamples);
      for (const [i, source] of (await set.open(leaveOut, places)).entries()) {
        opened[places[i]!] = source;
      }
    }
    for (const [place, source] of opened.entries()) checkWidths(source, training[place]!);
  } catch (error) {
    for (const source of opened) await source?.close();
    throw error;
  }
  if (kept !== undefined) {
    log.info(`${number(kept.length)} of ${number(all.length)} examples are kept for validation`);
  }
  const about = { from, examples, nAll: all.length };
  return opened.map((source, place) => ({ ...about, source, nRead: read[place]! }));
}

/** Examples that make about so many rows. */
function examplesFor(
  nRows: number,
  { rowsPerExample, length, leftOut = 0 }: TrainingSource,
): number {
  return Math.ceil(nRows / ((rowsPerExample * length) / (length + leftOut)));
}

function checkWidths(source: Widths, training: Widths): void {
  if (source.dModel === training.dModel && source.dTarget === training.dTarget) return;
  throw otherWidth(source, training);
}

type Widths = Pick<ActivationSource, 'dModel' | 'dTarget'>;

function otherWidth(ours: Widths, trained: Widths): UserError {
  const text = ({ dModel, dTarget = dModel }: Widths): string =>
    dModel === dTarget ? String(dModel) : `${dModel} to ${dTarget}`;
  return new UserError(
    `invalid validation data: rows of width ${text(ours)}, and those of training have ${text(trained)}`,
    { hint: 'record both with the same model and layers' },
  );
}

/** What training reads, as far as other shards must fit it. */
export interface TrainedRows {
  readonly source: Pick<ActivationSource, 'dModel'>;
  /** Name of the model's checkpoint. */
  readonly checkpoint: string;
  /** Folder, where training reads shards, too. */
  readonly folder?: string | undefined;
  /** What its images are, where a model runs along over them. */
  readonly images?: (() => Promise<ExamplesIdentity>) | undefined;
}

/**
 * Find the folder of shards to validate on.
 * @throws {UserError} when it is missing, holds what is trained on, or is of another model.
 */
export async function validationShards(
  shardRoot: string,
  wanted: WantedRows,
  { source, checkpoint, folder: trained, images }: TrainedRows,
): Promise<string> {
  const folder = await findShards(shardRoot, wanted, '--val-data.shard-root');
  const theirs = await readMetadata(folder);
  if (theirs.checkpoint !== checkpoint) {
    throw new UserError(
      `invalid validation data: '${folder}' is of ${theirs.checkpoint}, and training reads ${checkpoint}`,
      { hint: 'record both with the same model' },
    );
  }
  if (theirs.dModel !== source.dModel) throw otherWidth(theirs, source);
  const isSame =
    trained === undefined
      ? images && areSameExamples(await recordedExamples(folder), await images())
      : await areSameShards(folder, trained);
  if (isSame) {
    throw new UserError(`invalid validation data: '${folder}' holds what is trained on`, {
      hint: 'keep a share of it apart with --val-share, or name other shards',
    });
  }
  return folder;
}

async function areSameShards(a: string, b: string): Promise<boolean> {
  if ((await realpath(a)) === (await realpath(b))) return true;
  return areSameExamples(await recordedExamples(a), await recordedExamples(b));
}

/**
 * Refuse a set that is the one trained on, however its folder is named.
 * @throws {UserError} when it is.
 */
export async function refuseSameSet(
  validation: SetConfig,
  training: SetConfig,
  key: string,
): Promise<void> {
  const [ours, theirs] = [await withWholeRoot(validation), await withWholeRoot(training)];
  if (stableJson(ours) !== stableJson(theirs)) return;
  throw new UserError(`invalid valData.${key}: it is the set that is trained on`, {
    hint: 'keep a share of it apart with --val-share, or name another set',
  });
}

type SetConfig = DatasetConfig | TextConfig;

async function withWholeRoot(config: SetConfig): Promise<object> {
  if (!('root' in config) || config.root === undefined) return config;
  const { root } = config;
  return { ...config, root: await realpath(root).catch(() => root) };
}
