// Rows computed as they are asked for: sources over a model that runs along, one for each view of its examples.
import { UserError } from '../../base/errors.ts';
import type { RowFilter } from '../reading/row-filter.ts';
import type { Scaling } from '../reading/scaling.ts';
import type { RowSelection } from '../reading/selection.ts';
import { checkBatchOptions, nothingLeft } from '../reading/shard-source.ts';
import type { ActivationBatch, ActivationSource, BatchOptions, TogetherReader } from '../types.ts';
import {
  type BrokenExamples,
  brokenExamples,
  type ReadExamples,
  readExamples,
} from './live-examples.ts';
import { bytesPerExample, type LiveFeed, type LiveView, type ScaledView } from './live-feed.ts';
import { passInOrder, passMixed } from './live-passes.ts';
import { type ScalingChoice, scalingsOf } from './live-scaling.ts';

/** Rows computed as they are asked for. */
export interface LiveSource extends ActivationSource {
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** Examples found broken so far, ascending. They give no rows, and `length` does not count them. */
  readonly absent: readonly number[];
  /** Run one example and return its rows, `[rowsPerExample, dModel]`. */
  exampleRows(example: number): Promise<Float32Array>;
}

/** Which examples the sources of a feed leave out. */
export interface LiveSourceOptions {
  /** Examples known to be broken. */
  readonly absent?: readonly number[] | undefined;
  /** Examples at the beginning that no batch takes. @default 0 */
  readonly heldOut?: number | undefined;
  /** Further examples that no batch takes. */
  readonly leaveOut?: Iterable<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A view, and how its rows are to be scaled. */
export interface WantedView {
  readonly view: LiveView;
  readonly choice: ScalingChoice;
}

/** A view that can be read. */
interface OpenView {
  readonly view: ScaledView;
  readonly read: ReadExamples;
}

/** A source that says which view it is of. */
interface ViewSource extends LiveSource {
  readonly opened: OpenView;
}

/** What the sources of a feed share. */
interface Shared {
  readonly feed: LiveFeed;
  readonly broken: BrokenExamples;
  readonly heldOut: number;
  readonly together: TogetherReader;
}

/**
 * Make a source of each view of a feed. Read together, they run the model once.
 * @throws {UserError} when there is no example to run, or a scaling cannot be computed or loaded.
 */
export async function createLiveSources(
  feed: LiveFeed,
  wanted: readonly WantedView[],
  options: LiveSourceOptions,
): Promise<LiveSource[]> {
  const { noun, nExamples } = feed;
  const { heldOut = 0, signal } = options;
  const broken = brokenExamples(feed, options.absent);
  const leftOut = new Set(options.leaveOut);
  const all = Uint32Array.from({ length: nExamples }, (_, i) => i).filter(
    (example) => example >= heldOut && !leftOut.has(example),
  );
  const views = wanted.map(({ view, choice }) => {
    const read = readExamples(view, all, broken);
    if (read.leftOut === read.nRows && read.nRows > 0) throw nothingLeft(read.nRows);
    return { view, choice, read };
  });
  if (nExamples <= broken.list().length) throw new UserError(`no ${noun}s to run the model on`);
  const scalings = await scalingsOf(feed, views, { broken, signal });
  const together = togetherReader(feed, broken);
  return views.map(({ view, read }, i) =>
    sourceOf(
      { view: { ...view, scaling: scalings[i]! }, read },
      { feed, broken, heldOut, together },
    ),
  );
}

function sourceOf(opened: OpenView, { feed, broken, heldOut, together }: Shared): ViewSource {
  const { view, read } = opened;
  const { noun, nExamples, contexts } = feed;
  const { dModel, dTarget, selection, scaling, filter } = view;
  return {
    opened,
    together,
    dModel,
    dTarget,
    nExamples,
    heldOut,
    rowsPerExample: selection.rowsPerExample,
    selection,
    scaling,
    mixing: mixingOf(feed, opened),
    contexts,
    get length() {
      return read.length();
    },
    ...(filter && { leftOut: read.leftOut }),
    get absent() {
      return broken.list();
    },
    async *batches(options) {
      for await (const [batch] of pass(feed, broken, [opened], options)) yield batch!;
    },
    async exampleRows(example) {
      if (!(Number.isInteger(example) && example >= 0 && example < nExamples)) {
        throw new UserError(`invalid example ${example}: there are ${nExamples}`);
      }
      const { value } = await feed.run([example], [view], undefined).next();
      if (value?.views !== undefined) return value.views[0]!.rows;
      throw new UserError(`${noun} ${example} cannot be read: ${value?.bad ?? 'it is not there'}`);
    },
    close: async () => undefined,
  };
}

/** What the mixing buffer of a view holds, and those examples that wait to get in. */
function mixingOf(
  feed: LiveFeed,
  { view, read }: OpenView,
): { readonly examples: number; readonly bytes: number } {
  const examples = Math.max(1, Math.min(view.bufferExamples, read.present().length));
  return { examples, bytes: (examples + feed.aheadOf(examples)) * bytesPerExample(view) };
}

/** Reads sources of a feed together; none but these ask for it. */
function togetherReader(feed: LiveFeed, broken: BrokenExamples): TogetherReader {
  const openedOf = (source: ActivationSource): OpenView => (source as ViewSource).opened;
  return {
    areAlike(a, b) {
      const [one, other] = [openedOf(a).view, openedOf(b).view];
      if (one.selection.rowsPerExample !== other.selection.rowsPerExample) return false;
      return areEqual(one.filter, other.filter);
    },
    batches: (sources, options) => pass(feed, broken, sources.map(openedOf), options),
  };
}

/** One pass over views that are alike. */
function pass(
  feed: LiveFeed,
  broken: BrokenExamples,
  opened: readonly OpenView[],
  options: BatchOptions,
): AsyncGenerator<readonly ActivationBatch[], void> {
  checkBatchOptions(options);
  const { shuffleSeed } = options;
  const views = opened.map(({ view }) => view);
  const over = { feed, views, examples: opened[0]!.read.present(), broken };
  return shuffleSeed === undefined
    ? passInOrder(over, options)
    : passMixed(over, options, shuffleSeed);
}

/** Tell whether the same rows count. */
function areEqual(a: RowFilter | undefined, b: RowFilter | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.bits.every((byte, i) => byte === b.bits[i]);
}
