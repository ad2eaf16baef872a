// Images in, rows out: runs the model over batches of images and takes the selected, scaled rows of each.
import { UserError } from '../base/errors.ts';
import type { LoadedPixels } from './record.ts';
import type { Recorder } from './recorder.ts';
import { meanRow, type Scaling, scaleRow } from './scaling.ts';
import type { RowSelection } from './selection.ts';

/** The rows of one image, `[rowsPerExample, dModel]`, or why there are none. */
export type LiveExample =
  | { readonly example: number; readonly rows: Float32Array; readonly bad?: undefined }
  | { readonly example: number; readonly rows?: undefined; readonly bad: string };

export interface LiveRowsOptions {
  readonly recorder: Recorder;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** Images a run of the model. */
  readonly batchImages: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yield the rows of each image, in order. While a batch is in the model the next is loaded.
 * Throws a UserError when the model gives NaN or infinity, naming the image.
 */
export async function* liveRows(
  images: AsyncIterable<LoadedPixels>,
  options: LiveRowsOptions,
): AsyncGenerator<LiveExample, void> {
  const { batchImages, signal } = options;
  let waiting: LoadedPixels[] = [];
  let running: Promise<LiveExample[]> | undefined;
  try {
    for await (const item of images) {
      signal?.throwIfAborted();
      waiting.push(item);
      if (waiting.length < batchImages) continue;
      const done = running;
      const batch = waiting;
      waiting = [];
      // One batch is in the model, one is being loaded; the results of the one before are handed out.
      const ready = done === undefined ? [] : await done;
      running = runBatch(batch, options);
      running.catch(() => undefined);
      yield* ready;
    }
    if (running !== undefined) yield* await running;
    if (waiting.length > 0) yield* await runBatch(waiting, options);
  } finally {
    await Promise.allSettled([running]);
  }
}

async function runBatch(
  batch: readonly LoadedPixels[],
  { recorder, selection, scaling }: LiveRowsOptions,
): Promise<LiveExample[]> {
  const images = batch.flatMap(({ pixels }) => (pixels === undefined ? [] : [pixels]));
  const acts = images.length > 0 ? await recorder.run(images) : new Float32Array(0);
  const size = recorder.nLayers * recorder.nTokens * recorder.dModel;
  let good = 0;
  return batch.map((item): LiveExample => {
    if (item.bad !== undefined) return { example: item.index, bad: item.bad };
    const slab = acts.subarray(good * size, (good + 1) * size);
    good++;
    const rows = selectScaled(slab, selection, scaling, recorder.dModel);
    if (rows !== undefined) return { example: item.index, rows };
    throw new UserError(`the model gave activations that are not numbers for image ${item.index}`, {
      hint: 'look at that image and at the checkpoint',
    });
  });
}

/** Rows of one example from its slab `[nLayers, nTokens, dModel]`; undefined when they are not all numbers. */
function selectScaled(
  slab: Float32Array,
  selection: RowSelection,
  scaling: Scaling,
  dModel: number,
): Float32Array | undefined {
  const { rowsPerExample, width, sources } = selection;
  const at = sources.map((source) => source * dModel);
  const rows = new Float32Array(rowsPerExample * dModel);
  const mean = new Float32Array(dModel);
  for (let row = 0; row < rowsPerExample; row++) {
    if (width > 1) meanRow(slab, at, row * width, width, 0, mean, dModel);
    const isNumber =
      width > 1
        ? scaleRow(mean, 0, rows, row * dModel, dModel, scaling)
        : scaleRow(slab, at[row]!, rows, row * dModel, dModel, scaling);
    if (!isNumber) return undefined;
  }
  return rows;
}
