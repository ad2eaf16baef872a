// Examples in, rows out: runs the model over batches of examples and takes the selected, scaled rows of each.
import { meanRow, type Scaling, scaleRow } from '../reading/scaling.ts';
import type { RowSelection } from '../reading/selection.ts';
import {
  type Example,
  notNumbers,
  type RunActivations,
  type RunBatch,
  runBatches,
} from '../recording/run-batches.ts';

/** The rows of one example, `[rowsPerExample, dModel]` and perhaps `[rowsPerExample, dTarget]`, or why there are none. */
export type LiveExample =
  | {
      readonly example: number;
      readonly rows: Float32Array;
      readonly targets?: Float32Array | undefined;
      readonly bad?: undefined;
    }
  | { readonly example: number; readonly rows?: undefined; readonly bad: string };

export interface LiveRowsOptions<Item extends Example> {
  /** Run examples of which none is bad. */
  readonly runModel: (items: readonly Item[]) => Promise<RunActivations>;
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** What an example is called: `image`. */
  readonly noun: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yield the rows of each example, in order, while the model runs on the next.
 * @throws {UserError} when the model gives NaN or infinity, naming the example.
 */
export async function* liveRows<Item extends Example>(
  batches: AsyncIterable<readonly Item[]>,
  options: LiveRowsOptions<Item>,
): AsyncGenerator<LiveExample, void> {
  for await (const batch of runBatches(batches, options.runModel, options.signal)) {
    yield* rowsOf(batch, options);
  }
}

function rowsOf<Item extends Example>(
  { items, acts, targets = acts }: RunBatch<Item>,
  { selection, scaling, noun, dModel, dTarget }: LiveRowsOptions<Item>,
): LiveExample[] {
  const nGood = items.filter(({ bad }) => bad === undefined).length;
  const take = (slabs: Float32Array, at: number, sources: Int32Array, width: number) => {
    const size = slabs.length / nGood;
    return selectScaled(slabs.subarray(at * size, (at + 1) * size), sources, {
      nSources: selection.width,
      width,
      scaling,
    });
  };
  let at = 0;
  return items.map((item): LiveExample => {
    const example = item.index;
    if (item.bad !== undefined) return { example, bad: item.bad };
    const rows = take(acts, at, selection.sources, dModel);
    const own = selection.targets && take(targets, at, selection.targets, dTarget!);
    at++;
    const isWhole = selection.targets === undefined || own !== undefined;
    if (rows === undefined || !isWhole) throw notNumbers(`${noun} ${example}`, noun);
    return { example, rows, targets: own };
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
