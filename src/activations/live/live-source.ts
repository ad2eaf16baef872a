// Rows computed as they are asked for. A buffer is filled with the rows of many examples; rows are taken from it at
// random, and it is filled up again when it is half empty.
import { UserError } from '../../base/errors.ts';
import { runAhead } from '../../base/iterables.ts';
import { logger } from '../../base/log.ts';
import { BatchFiller } from '../reading/batch-filler.ts';
import { counts, type RowFilter, rowsOf, rowsOfAll } from '../reading/row-filter.ts';
import {
  checkScaling,
  checkTargetScaling,
  type SampledRows,
  type Scaling,
  scalesByDefault,
} from '../reading/scaling.ts';
import type { RowSelection } from '../reading/selection.ts';
import {
  checkBatchOptions,
  nothingLeft,
  type ReadOptions,
  resolveScaling,
} from '../reading/shard-source.ts';
import type { ActivationBatch, ActivationSource, BatchOptions, TextContexts } from '../types.ts';
import type { LiveExample } from './live-rows.ts';
import { LiveOrder } from './mixing-order.ts';

const log = logger('activations');

/** Memory for the rows of the mixing buffer, unless its size is given, and for the rows of a sample. */
export const BUFFER_BYTES: number = 2 ** 29;

/** Rows computed as they are asked for. */
export interface LiveSource extends ActivationSource {
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** Examples found broken so far, ascending. They give no rows, and `length` does not count them. */
  readonly absent: readonly number[];
  /** Run one example and return its rows, `[rowsPerExample, dModel]`. */
  exampleRows(example: number): Promise<Float32Array>;
}

/** A model and its examples, as a live source needs them. */
interface LiveFeed {
  /** What an example is called: `image`. */
  readonly noun: string;
  readonly nExamples: number;
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  readonly selection: RowSelection;
  /** Rows that count; all of them where there is none. */
  readonly filter?: RowFilter | undefined;
  readonly contexts?: TextContexts | undefined;
  /** Run examples. Those given in ascending order come in that order. */
  run(
    examples: Iterable<number>,
    scaling: Scaling,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveExample, void>;
  /** Put ascending examples in the order in which a mixed pass runs them. */
  order(examples: Uint32Array, seed: number): Uint32Array;
  /** Choose `n` of the ascending examples to compute the scaling from, ascending. */
  sample(examples: Uint32Array, n: number): Uint32Array;
  /** Examples whose rows the mixing buffer holds. */
  readonly bufferExamples: number;
  /** Most examples whose rows wait to get into it. */
  readonly aheadExamples: number;
}

interface LiveSourceOptions
  extends Pick<
    ReadOptions,
    'clamp' | 'scaleMean' | 'scaleNorm' | 'scaling' | 'nRandomSamples' | 'signal'
  > {
  /** Examples known to be broken. */
  readonly absent?: readonly number[] | undefined;
  /** Examples at the beginning that no batch takes. @default 0 */
  readonly heldOut?: number | undefined;
  /** Further examples that no batch takes. */
  readonly leaveOut?: Iterable<number> | undefined;
}

/** Bytes that the rows of one example take. */
export function bytesPerExample({
  selection,
  dModel,
  dTarget = 0,
}: Pick<LiveFeed, 'selection' | 'dModel' | 'dTarget'>): number {
  return selection.rowsPerExample * (dModel + dTarget) * 4;
}

const rowOf = (rows: Float32Array, row: number, width: number): Float32Array =>
  rows.subarray(row * width, (row + 1) * width);

/**
 * Make a source of a feed.
 * @throws {UserError} when there is no example to run, or the scaling cannot be computed or loaded.
 */
export async function createLiveSource(
  feed: LiveFeed,
  options: LiveSourceOptions,
): Promise<LiveSource> {
  const { noun, nExamples, dModel, dTarget, selection, filter } = feed;
  const { rowsPerExample } = selection;
  const absent = new Set(options.absent);
  const { heldOut = 0 } = options;
  const leftOut = new Set(options.leaveOut);
  const rows = { rowsPerExample, filter };
  const isThereToRead = (example: number): boolean => example >= heldOut && !leftOut.has(example);
  const all = Uint32Array.from({ length: nExamples }, (_, i) => i).filter(isThereToRead);
  // One of which every row is ignored need not be run.
  const isOurs = (example: number): boolean => isThereToRead(example) && rowsOf(rows, example) > 0;
  const ours = all.filter(isOurs);
  const nOurs = rowsOfAll(rows, ours);
  if (nOurs === 0 && all.length > 0) throw nothingLeft(all.length * rowsPerExample);
  if (nExamples <= absent.size) throw new UserError(`no ${noun}s to run the model on`);

  const present = (): Uint32Array => ours.filter((example) => !absent.has(example));

  /** Tell whether an example has rows; note why where it has none. */
  const isThere = (item: LiveExample): item is Extract<LiveExample, { bad?: undefined }> => {
    if (item.bad === undefined) return true;
    if (!absent.has(item.example)) log.warn(`skipped ${noun} ${item.example}: ${item.bad}`);
    absent.add(item.example);
    return false;
  };

  const scaling = await scalingOf();

  async function scalingOf(): Promise<Scaling> {
    const { clamp = 1e5, nRandomSamples = 2 ** 16 } = options;
    const clampOnly = checkScaling({ clamp, mean: undefined, scalar: 1 }, dModel);
    const rows = Math.min(nRandomSamples, BUFFER_BYTES / (dModel * 4));
    const sample = feed.sample(present(), Math.ceil(rows / rowsPerExample));
    let sampled: Float32Array[] | undefined;
    const samples: SampledRows = async function* () {
      if (sampled === undefined) {
        sampled = [];
        for await (const item of feed.run(sample, clampOnly, options.signal)) {
          if (isThere(item)) sampled.push(rowsThatCount(item));
        }
      }
      yield* sampled;
    };
    const given = options.scaling && checkScaling(options.scaling, dModel);
    const isScaled = scalesByDefault(feed);
    const chosen = given ?? (await resolveScaling(samples, dModel, { ...options, isScaled }));
    if (dTarget !== undefined) checkTargetScaling(chosen);
    return chosen;
  }

  /** The rows of an example that count, `[rows, dModel]`. */
  function rowsThatCount({
    example,
    rows: own,
  }: {
    example: number;
    rows: Float32Array;
  }): Float32Array {
    if (filter === undefined) return own;
    const kept = new Float32Array(rowsOf(rows, example) * dModel);
    let at = 0;
    for (let row = 0; row < rowsPerExample; row++) {
      if (counts(filter, example, row)) kept.set(rowOf(own, row, dModel), dModel * at++);
    }
    return kept;
  }

  async function* inOrder(batchOptions: BatchOptions): AsyncGenerator<ActivationBatch, void> {
    const { batchSize, skipBatches = 0, signal } = batchOptions;
    const filler = new BatchFiller({ batchSize, dModel, dTarget });
    const everyone = present();
    let skip = skipBatches * batchSize;
    let first = 0;
    for (; first < everyone.length && skip >= rowsOf(rows, everyone[first]!); first++)
      skip -= rowsOf(rows, everyone[first]!);
    for await (const item of feed.run(everyone.subarray(first), scaling, signal)) {
      for (let slot = 0; isThere(item) && slot < rowsPerExample; slot++) {
        const { example, rows, targets } = item;
        if (!counts(filter, example, slot) || skip-- > 0) continue;
        const batch = filler.push(rowOf(rows, slot, dModel), {
          target: targets && rowOf(targets, slot, dTarget!),
          example,
          token: selection.tokenIndex[slot]!,
        });
        if (batch !== undefined) yield batch;
      }
      skip = 0;
    }
    const rest = filler.rest();
    if (rest !== undefined && batchOptions.dropLast !== true) yield rest;
  }

  async function* mixed(
    batchOptions: BatchOptions,
    seed: number,
  ): AsyncGenerator<ActivationBatch, void> {
    const { batchSize, skipBatches = 0, signal } = batchOptions;
    const { bufferExamples } = feed;
    const examples = feed.order(present(), seed);
    const order = new LiveOrder({ examples, rowsPerExample, filter, bufferExamples, seed });
    if (!order.replay(skipBatches * batchSize)) return;

    const { capacity } = order.buffer;
    const data = new Float32Array(capacity * dModel);
    const targets = dTarget === undefined ? undefined : new Float32Array(capacity * dTarget);
    const put = (item: { rows: Float32Array; targets?: Float32Array | undefined }) => {
      return (row: number, slot: number): void => {
        data.set(rowOf(item.rows, row, dModel), slot * dModel);
        if (targets === undefined || item.targets === undefined) return;
        targets.set(rowOf(item.targets, row, dTarget!), slot * dTarget!);
      };
    };

    // Rows that the replay left in the buffer.
    const slots = order.slotsByExample();
    const held = Uint32Array.from(slots.keys()).sort();
    for await (const item of feed.run(held, scaling, signal)) {
      const { example, bad } = item;
      if (bad !== undefined) {
        throw new UserError(`${noun} ${example} can no longer be read: ${bad}`);
      }
      for (const slot of slots.get(example)!) put(item)(order.rowAt[slot]!, slot);
    }

    const filler = new BatchFiller({ batchSize, dModel, dTarget });
    const rest = feed.run(order.examples.subarray(order.nReplayed), scaling, signal);
    const ahead = runAhead(rest, feed.aheadExamples);
    try {
      for (let more = true; ; ) {
        const fill = order.needsFilling;
        while (fill && more && order.hasRoom) {
          const { done, value } = await ahead.next();
          more = done !== true;
          if (value !== undefined && isThere(value)) order.add(value.example, put(value));
        }
        if (order.buffer.size === 0) break;
        const slot = order.buffer.take();
        const batch = filler.push(rowOf(data, slot, dModel), {
          target: targets && rowOf(targets, slot, dTarget!),
          example: order.exampleAt[slot]!,
          token: selection.tokenIndex[order.rowAt[slot]!]!,
        });
        if (batch !== undefined) yield batch;
      }
    } finally {
      await ahead.return();
    }
    const last = filler.rest();
    if (last !== undefined && batchOptions.dropLast !== true) yield last;
  }

  return {
    dModel,
    dTarget,
    nExamples,
    heldOut,
    rowsPerExample,
    selection,
    scaling,
    contexts: feed.contexts,
    get length() {
      const broken = [...absent].filter(isOurs);
      return nOurs - rowsOfAll(rows, Uint32Array.from(broken));
    },
    ...(filter && { leftOut: all.length * rowsPerExample - nOurs }),
    get absent() {
      return [...absent].sort((a, b) => a - b);
    },
    batches(batchOptions) {
      checkBatchOptions(batchOptions);
      const { shuffleSeed } = batchOptions;
      return shuffleSeed === undefined ? inOrder(batchOptions) : mixed(batchOptions, shuffleSeed);
    },
    async exampleRows(example) {
      if (!(Number.isInteger(example) && example >= 0 && example < nExamples)) {
        throw new UserError(`invalid example ${example}: there are ${nExamples}`);
      }
      const { value } = await feed.run([example], scaling, undefined).next();
      if (value?.rows !== undefined) return value.rows;
      throw new UserError(`${noun} ${example} cannot be read: ${value?.bad ?? 'it is not there'}`);
    },
    close: async () => undefined,
  };
}
