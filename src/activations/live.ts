// Activations straight from a model: rows to train on without shards on disk. A buffer of rows is filled with those of
// many images; rows are taken from it at random, and it is filled up again when it is half empty.
import type { VisionBackbone } from '../backbones/types.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { Random } from '../base/random.ts';
import { BatchFiller } from './batch-filler.ts';
import { checkBatchOptions, type ReadOptions, resolveScaling } from './dataset.ts';
import { LiveOrder } from './live-order.ts';
import { type LiveExample, liveRows } from './live-rows.ts';
import type { Layer } from './metadata.ts';
import type { LoadedPixels } from './record.ts';
import { createRecorder } from './recorder.ts';
import { runAhead } from './run-ahead.ts';
import { checkScaling, type SampledRows, type Scaling } from './scaling.ts';
import { type RowSelection, selectRows } from './selection.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from './types.ts';

const log = logger('activations');

/** Memory for the rows of the mixing buffer, unless its size is given, and for the rows of a sample. */
const BUFFER_BYTES = 2 ** 29;

/** A model, its images, and which rows of them are wanted. */
export interface LiveOptions
  extends Omit<ReadOptions, 'bufferBytes' | 'readBytes' | 'nRandomSamples'> {
  readonly backbone: VisionBackbone;
  /** Number of images. */
  readonly nExamples: number;
  /** Preprocessed images in the order asked for, one item for every index. */
  readonly images: (indices: Iterable<number>) => AsyncIterable<LoadedPixels>;
  /** Layers to run where `layer` is `'all'` or `'meanpool'`. */
  readonly layers?: readonly Layer[];
  /** Images a run of the backbone. @default 16 */
  readonly batchImages?: number;
  /** Images whose rows the mixing buffer holds; half as many again wait to get in. @default as many as fit 512 MiB */
  readonly bufferImages?: number;
  /** Rows to compute mean and norm from: all rows of random images, at most 512 MiB of them. @default 65_536 */
  readonly nRandomSamples?: number;
  /** Images known to be broken: `absent` of an earlier source. To resume it, they must be known. */
  readonly absent?: readonly number[];
}

/** Rows computed as they are asked for. */
export interface LiveSource extends ActivationSource {
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /** Images found broken so far, ascending. They give no rows, and `length` does not count them. */
  readonly absent: readonly number[];
  /** Run one image and return its rows, `[rowsPerExample, dModel]`. */
  exampleRows(example: number): Promise<Float32Array>;
}

/**
 * Open images and a backbone as a source of rows. The same seed gives the same batches, as long as no further image
 * turns out broken. `skipBatches` replays the order without the model, then runs only the images whose rows are still
 * in the buffer. The backbone stays the caller's to close.
 * Throws a UserError for layers that do not exist, and where the scaling cannot be computed or loaded.
 */
export async function openLive(options: LiveOptions): Promise<LiveSource> {
  const { nExamples, patches = 'patches', layer = -2 } = options;
  const layers = layer === 'all' || layer === 'meanpool' ? options.layers : [layer];
  if (layers === undefined) {
    throw new UserError(`missing layers: layer '${layer}' needs a list of them`);
  }
  const recorder = await createRecorder(options.backbone, layers);
  const selection = selectRows({ layers, ...recorder }, { patches, layer });
  const { dModel } = recorder;
  const { rowsPerExample } = selection;
  const absent = new Set(options.absent);
  if (nExamples <= absent.size) throw new UserError('no images to run the model on');

  const run = (
    indices: Iterable<number>,
    scaling: Scaling,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveExample, void> =>
    liveRows(options.images(indices), {
      recorder,
      selection,
      scaling,
      batchImages: options.batchImages ?? 16,
      signal,
    });

  const present = (): Uint32Array =>
    Uint32Array.from({ length: nExamples }, (_, i) => i).filter((i) => !absent.has(i));

  /** The rows of an image, or undefined, noting why, where it is broken. */
  const rowsOf = ({ example, rows, bad }: LiveExample): Float32Array | undefined => {
    if (bad === undefined) return rows;
    if (!absent.has(example)) log.warn(`skipped image ${example}: ${bad}`);
    absent.add(example);
    return undefined;
  };

  const { clamp = 1e5 } = options;
  const clampOnly = checkScaling({ clamp, mean: undefined, scalar: 1 }, dModel);
  const given = options.scaling && checkScaling(options.scaling, dModel);
  const sample = sampleImages(present(), options, { rowsPerExample, dModel });
  let sampled: Float32Array[] | undefined;
  const samples: SampledRows = async function* () {
    if (sampled === undefined) {
      sampled = [];
      for await (const example of run(sample, clampOnly, options.signal)) {
        const rows = rowsOf(example);
        if (rows !== undefined) sampled.push(rows);
      }
    }
    yield* sampled;
  };
  const scaling = given ?? (await resolveScaling(samples, dModel, options));
  sampled = undefined;

  async function* inOrder(batchOptions: BatchOptions): AsyncGenerator<ActivationBatch, void> {
    const { batchSize, skipBatches = 0, signal } = batchOptions;
    const filler = new BatchFiller(batchSize, dModel);
    const skipRows = skipBatches * batchSize;
    let row = skipRows % rowsPerExample;
    const examples = present().subarray(Math.floor(skipRows / rowsPerExample));
    for await (const item of run(examples, scaling, signal)) {
      const data = rowsOf(item);
      for (; data !== undefined && row < rowsPerExample; row++) {
        const { example } = item;
        const token = selection.tokenIndex[row]!;
        const batch = filler.push({ data, at: row * dModel, example, token });
        if (batch !== undefined) yield batch;
      }
      row = 0;
    }
    const rest = filler.rest();
    if (rest !== undefined && batchOptions.dropLast !== true) yield rest;
  }

  async function* mixed(
    batchOptions: BatchOptions,
    seed: number,
  ): AsyncGenerator<ActivationBatch, void> {
    const { batchSize, skipBatches = 0, signal } = batchOptions;
    const fit = Math.max(1, Math.floor(BUFFER_BYTES / (rowsPerExample * dModel * 4)));
    const bufferImages = options.bufferImages ?? fit;
    const order = new LiveOrder({ examples: present(), rowsPerExample, bufferImages, seed });
    if (!order.replay(skipBatches * batchSize)) return;

    // Rows that the replay left in the buffer.
    const data = new Float32Array(order.buffer.capacity * dModel);
    const slots = order.slotsByExample();
    for await (const { example, rows, bad } of run(slots.keys(), scaling, signal)) {
      if (bad !== undefined) throw new UserError(`image ${example} can no longer be read: ${bad}`);
      for (const slot of slots.get(example)!) {
        const at = order.rowAt[slot]! * dModel;
        data.set(rows.subarray(at, at + dModel), slot * dModel);
      }
    }

    const filler = new BatchFiller(batchSize, dModel);
    const ahead = runAhead(
      run(order.examples.subarray(order.nReplayed), scaling, signal),
      Math.ceil(bufferImages / 2),
    );
    try {
      for (let more = true; ; ) {
        const fill = order.needsFilling;
        while (fill && more && order.hasRoom) {
          const { done, value } = await ahead.next();
          more = done !== true;
          const rows = value === undefined ? undefined : rowsOf(value);
          if (value === undefined || rows === undefined) continue;
          order.add(value.example, (row, slot) => {
            data.set(rows.subarray(row * dModel, (row + 1) * dModel), slot * dModel);
          });
        }
        if (order.buffer.size === 0) break;
        const slot = order.buffer.take();
        const example = order.exampleAt[slot]!;
        const token = selection.tokenIndex[order.rowAt[slot]!]!;
        const batch = filler.push({ data, at: slot * dModel, example, token });
        if (batch !== undefined) yield batch;
      }
    } finally {
      await ahead.return();
    }
    const rest = filler.rest();
    if (rest !== undefined && batchOptions.dropLast !== true) yield rest;
  }

  return {
    dModel,
    nExamples,
    rowsPerExample,
    selection,
    scaling,
    get length() {
      return (nExamples - absent.size) * rowsPerExample;
    },
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
      const { value } = await run([example], scaling, undefined).next();
      if (value?.rows !== undefined) return value.rows;
      throw new UserError(`image ${example} cannot be read: ${value?.bad ?? 'it is not there'}`);
    },
    close: async () => undefined,
  };
}

/** Draw as many images as give the sampled rows, in ascending order. */
function sampleImages(
  examples: Uint32Array,
  options: LiveOptions,
  size: { rowsPerExample: number; dModel: number },
): Uint32Array {
  const { nRandomSamples = 2 ** 16, sampleSeed = 42 } = options;
  const rows = Math.min(nRandomSamples, BUFFER_BYTES / (size.dModel * 4));
  const n = Math.ceil(rows / size.rowsPerExample);
  return new Random(sampleSeed, 'sample').shuffle(examples).slice(0, n).sort();
}
