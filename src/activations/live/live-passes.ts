// Passes over what a model gives: in order, or mixed in a buffer that is filled with the rows of many examples, from which rows are
// taken at random, and which is filled up again when it is half empty. Several views share the order, each with a buffer of its own.
import { UserError } from '../../base/errors.ts';
import { runAhead } from '../../base/iterables.ts';
import { BatchFiller } from '../reading/batch-filler.ts';
import { counts, rowsOf } from '../reading/row-filter.ts';
import type { ActivationBatch, BatchOptions } from '../types.ts';
import { type BrokenExamples, rowOf } from './live-examples.ts';
import type { LiveFeed, ScaledView } from './live-feed.ts';
import type { ExampleRows } from './live-rows.ts';
import { LiveOrder } from './mixing-order.ts';

/** What a pass goes over. */
export interface LivePass {
  readonly feed: LiveFeed;
  /** Views of the same rows of the same examples. */
  readonly views: readonly ScaledView[];
  /** Examples that give rows, ascending. */
  readonly examples: Uint32Array;
  readonly broken: BrokenExamples;
}

/** Yield a batch of each view at a time, rows in their own order. */
export async function* passInOrder(
  { feed, views, examples, broken }: LivePass,
  { batchSize, skipBatches = 0, dropLast = false, signal }: BatchOptions,
): AsyncGenerator<readonly ActivationBatch[], void> {
  const { selection, filter } = views[0]!;
  const rows = { rowsPerExample: selection.rowsPerExample, filter };
  const fillers = new ViewFillers(views, batchSize);
  let skip = skipBatches * batchSize;
  let first = 0;
  for (; first < examples.length && skip >= rowsOf(rows, examples[first]!); first++)
    skip -= rowsOf(rows, examples[first]!);
  for await (const item of feed.run(examples.subarray(first), views, signal)) {
    for (let row = 0; broken.isThere(item) && row < rows.rowsPerExample; row++) {
      if (!counts(filter, item.example, row) || skip-- > 0) continue;
      const full = fillers.push(item.example, row, item.views, row);
      if (full !== undefined) yield full;
    }
    skip = 0;
  }
  const rest = fillers.rest();
  if (rest !== undefined && !dropLast) yield rest;
}

/** Yield a batch of each view at a time, rows mixed by a seed. */
export async function* passMixed(
  { feed, views, examples: ascending, broken }: LivePass,
  {
    batchSize,
    skipBatches = 0,
    dropLast = false,
    bufferExamples: most = Number.POSITIVE_INFINITY,
    signal,
  }: BatchOptions,
  seed: number,
): AsyncGenerator<readonly ActivationBatch[], void> {
  const { selection, filter } = views[0]!;
  const { rowsPerExample } = selection;
  const bufferExamples = Math.min(most, ...views.map((view) => view.bufferExamples));
  const examples = feed.order(ascending, seed);
  const order = new LiveOrder({ examples, rowsPerExample, filter, bufferExamples, seed });
  if (!order.replay(skipBatches * batchSize)) return;

  const memory = views.map((view) => roomFor(view, order.buffer.capacity));
  const put = (own: readonly ExampleRows[]) => {
    return (row: number, slot: number): void => {
      for (const [v, { dModel, dTarget = 0 }] of views.entries()) {
        const { rows, targets } = own[v]!;
        memory[v]!.rows.set(rowOf(rows, row, dModel), slot * dModel);
        if (targets === undefined) continue;
        memory[v]!.targets?.set(rowOf(targets, row, dTarget), slot * dTarget);
      }
    };
  };

  // Rows that the replay left in the buffer.
  const slots = order.slotsByExample();
  const held = Uint32Array.from(slots.keys()).sort();
  for await (const { example, bad, views: own } of feed.run(held, views, signal)) {
    if (bad !== undefined) {
      throw new UserError(`${feed.noun} ${example} can no longer be read: ${bad}`);
    }
    for (const slot of slots.get(example)!) put(own)(order.rowAt[slot]!, slot);
  }

  const fillers = new ViewFillers(views, batchSize);
  const rest = feed.run(order.examples.subarray(order.nReplayed), views, signal);
  const ahead = runAhead(rest, feed.aheadOf(bufferExamples));
  try {
    for (let more = true; ; ) {
      const fill = order.needsFilling;
      while (fill && more && order.hasRoom) {
        const { done, value } = await ahead.next();
        more = done !== true;
        if (value !== undefined && broken.isThere(value))
          order.add(value.example, put(value.views));
      }
      if (order.buffer.size === 0) break;
      const slot = order.buffer.take();
      const full = fillers.push(order.exampleAt[slot]!, order.rowAt[slot]!, memory, slot);
      if (full !== undefined) yield full;
    }
  } finally {
    await ahead.return();
  }
  const last = fillers.rest();
  if (last !== undefined && !dropLast) yield last;
}

function roomFor({ dModel, dTarget }: ScaledView, rows: number): ExampleRows {
  return {
    rows: new Float32Array(rows * dModel),
    targets: dTarget === undefined ? undefined : new Float32Array(rows * dTarget),
  };
}

/** Collects the rows of several views into batches, which are full together. */
class ViewFillers {
  readonly #views: readonly ScaledView[];
  readonly #fillers: readonly BatchFiller[];

  constructor(views: readonly ScaledView[], batchSize: number) {
    this.#views = views;
    this.#fillers = views.map(
      ({ dModel, dTarget }) => new BatchFiller({ batchSize, dModel, dTarget }),
    );
  }

  /** Copy row `row` of an example, which stands at place `at` of what each view has; returns the batches that it completes. */
  push(
    example: number,
    row: number,
    own: readonly ExampleRows[],
    at: number,
  ): ActivationBatch[] | undefined {
    const full: ActivationBatch[] = [];
    for (const [v, { dModel, dTarget = 0, selection }] of this.#views.entries()) {
      const { rows, targets } = own[v]!;
      const batch = this.#fillers[v]!.push(rowOf(rows, at, dModel), {
        target: targets && rowOf(targets, at, dTarget),
        example,
        token: selection.tokenIndex[row]!,
      });
      if (batch !== undefined) full.push(batch);
    }
    return full.length > 0 ? full : undefined;
  }

  rest(): ActivationBatch[] | undefined {
    const batches = this.#fillers.flatMap((filler) => filler.rest() ?? []);
    return batches.length > 0 ? batches : undefined;
  }
}
