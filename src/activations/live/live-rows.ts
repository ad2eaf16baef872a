// Examples in, rows out: runs the model over batches of examples and takes the selected, scaled rows of each.
import { UserError } from '../../base/errors.ts';
import { meanRow, type Scaling, scaleRow } from '../reading/scaling.ts';
import type { RowSelection } from '../reading/selection.ts';
import type { LiveSlabs } from '../types.ts';

/** The rows of one example, `[rowsPerExample, dModel]` and perhaps `[rowsPerExample, dTarget]`, or why there are none. */
export type LiveExample =
  | {
      readonly example: number;
      readonly rows: Float32Array;
      readonly targets?: Float32Array | undefined;
      readonly bad?: undefined;
    }
  | { readonly example: number; readonly rows?: undefined; readonly bad: string };

/** An example that is ready to be run, or the reason why it is not. */
export interface LiveItem {
  readonly index: number;
  readonly bad?: string | undefined;
}

export interface LiveRowsOptions<Item extends LiveItem> {
  /** Run examples of which none is bad. */
  readonly runModel: (items: readonly Item[]) => Promise<LiveSlabs>;
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** What an example is called: `image`. */
  readonly noun: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yield the rows of each example, in order. While a batch is in the model the next is loaded.
 * Throws a UserError when the model gives NaN or infinity, naming the example.
 */
export async function* liveRows<Item extends LiveItem>(
  batches: AsyncIterable<readonly Item[]>,
  options: LiveRowsOptions<Item>,
): AsyncGenerator<LiveExample, void> {
  let running: Promise<LiveExample[]> | undefined;
  try {
    for await (const batch of batches) {
      options.signal?.throwIfAborted();
      const done = running;
      // One batch is in the model, one is being loaded; the results of the one before are handed out.
      const ready = done === undefined ? [] : await done;
      running = runBatch(batch, options);
      running.catch(() => undefined);
      yield* ready;
    }
    if (running !== undefined) yield* await running;
  } finally {
    await Promise.allSettled([running]);
  }
}

/** Gather items into batches of `size`. */
export async function* inBatchesOf<Item>(
  items: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<readonly Item[], void> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function runBatch<Item extends LiveItem>(
  batch: readonly Item[],
  options: LiveRowsOptions<Item>,
): Promise<LiveExample[]> {
  const { selection, scaling, noun } = options;
  const good = batch.filter(({ bad }) => bad === undefined);
  const { acts, targets = acts } =
    good.length > 0 ? await options.runModel(good) : { acts: new Float32Array(0) };
  const take = (slabs: Float32Array, at: number, sources: Int32Array, width: number) => {
    const size = slabs.length / good.length;
    return selectScaled(slabs.subarray(at * size, (at + 1) * size), sources, {
      nSources: selection.width,
      width,
      scaling,
    });
  };
  let at = 0;
  return batch.map((item): LiveExample => {
    const example = item.index;
    if (item.bad !== undefined) return { example, bad: item.bad };
    const rows = take(acts, at, selection.sources, options.dModel);
    const own = selection.targets && take(targets, at, selection.targets, options.dTarget!);
    at++;
    const isWhole = selection.targets === undefined || own !== undefined;
    if (rows !== undefined && isWhole) return { example, rows, targets: own };
    throw new UserError(`the model gave activations that are not numbers for ${noun} ${example}`, {
      hint: `look at that ${noun} and at the checkpoint`,
    });
  });
}

/** Rows of one example, each a mean over `nSources` rows of its slab; undefined when they are not all numbers. */
function selectScaled(
  slab: Float32Array,
  sources: Int32Array,
  { nSources, width, scaling }: { nSources: number; width: number; scaling: Scaling },
): Float32Array | undefined {
  const at = sources.map((source) => source * width);
  const nRows = sources.length / nSources;
  const rows = new Float32Array(nRows * width);
  const mean = new Float32Array(width);
  for (let row = 0; row < nRows; row++) {
    if (nSources > 1) meanRow(slab, at, row * nSources, nSources, 0, mean, width);
    const isNumber =
      nSources > 1
        ? scaleRow(mean, 0, rows, row * width, width, scaling)
        : scaleRow(slab, at[row]!, rows, row * width, width, scaling);
    if (!isNumber) return undefined;
  }
  return rows;
}
