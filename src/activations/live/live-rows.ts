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

/** Which rows of an example are wanted, and how they are scaled. */
export interface WantedRows {
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
}

/** The rows of one example, `[rowsPerExample, dModel]`, and perhaps `[rowsPerExample, dTarget]`. */
export interface ExampleRows {
  readonly rows: Float32Array;
  readonly targets?: Float32Array | undefined;
}

/** The rows of one example for each view that looks at it, or why there are none. */
export type LiveExample =
  | { readonly example: number; readonly views: readonly ExampleRows[]; readonly bad?: undefined }
  | { readonly example: number; readonly views?: undefined; readonly bad: string };

export interface LiveRowsOptions<Item extends Example> {
  /** Run examples of which none is bad, and give what each view wants. */
  readonly runModel: (items: readonly Item[]) => Promise<readonly RunActivations[]>;
  readonly views: readonly WantedRows[];
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
  { items, given = [] }: RunBatch<Item, readonly RunActivations[]>,
  { views, noun }: Pick<LiveRowsOptions<Item>, 'views' | 'noun'>,
): LiveExample[] {
  const nGood = items.filter(({ bad }) => bad === undefined).length;
  let at = 0;
  return items.map((item): LiveExample => {
    const example = item.index;
    if (item.bad !== undefined) return { example, bad: item.bad };
    const place = { at: at++, of: nGood };
    const rows = views.map((view, v) => {
      const own = rowsAt(given[v]!, view, place);
      if (own === undefined) throw notNumbers(`${noun} ${example}`, noun);
      return own;
    });
    return { example, views: rows };
  });
}

/** The rows of example `at` of those that were run; undefined when they are not all numbers. */
function rowsAt(
  { acts, targets = acts }: RunActivations,
  { selection, scaling, dModel, dTarget = dModel }: WantedRows,
  { at, of }: { at: number; of: number },
): ExampleRows | undefined {
  const take = (slabs: Float32Array, sources: Int32Array, width: number) => {
    const size = slabs.length / of;
    const slab = slabs.subarray(at * size, (at + 1) * size);
    return selectScaled(slab, sources, { nSources: selection.width, width, scaling });
  };
  const rows = take(acts, selection.sources, dModel);
  if (selection.targets === undefined) return rows && { rows };
  const own = take(targets, selection.targets, dTarget);
  return rows && own && { rows, targets: own };
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
