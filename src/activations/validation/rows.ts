// Rows to validate on: a share of the examples that training never reads, or those of another set, scaled as training's.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { number } from '../../base/text.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import type { TextConfig } from '../../data/texts/config.ts';
import { drawn, examplesApart, othersThan } from '../reading/apart.ts';
import type { ActivationSource } from '../types.ts';
import { checkWidths } from './other-shards.ts';
import { refuseTrainedContexts } from './trained-contexts.ts';

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
  'dModel' | 'dTarget' | 'rowsPerExample' | 'length' | 'leftOut' | 'nExamples' | 'contexts'
>;

/**
 * Open rows to validate on for each source that is trained on: the first of `kept`, or of all examples of a set in an order drawn.
 * @throws {UserError} when the set is empty, its rows are not as wide as those of training, or its contexts are trained on.
 */
export async function openValidation(
  { nRows, seed }: Pick<ValidationChoice, 'nRows' | 'seed'>,
  set: ExampleSet,
  {
    sources: training,
    from,
    kept,
    isRemote = false,
    signal,
  }: {
    readonly sources: readonly TrainingSource[];
    readonly from: ValidationRows['from'];
    readonly kept?: Uint32Array | undefined;
    /** Whether the texts that are trained on are read over a network. */
    readonly isRemote?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
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
    const [contexts, trained] = [opened[0]!.contexts, training[0]!];
    if (kept === undefined && contexts !== undefined && trained.contexts !== undefined) {
      // A few of those trained on are hardly among a few of these; all of a recording are at hand.
      const takesAll = isRemote && from === 'shards';
      const compared = takesAll ? examples : examples.subarray(0, Math.max(...read));
      const both = {
        validation: { contexts, examples: compared },
        training: { contexts: trained.contexts, nExamples: trained.nExamples },
      };
      await refuseTrainedContexts({ ...both, signal }, isRemote);
    }
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
