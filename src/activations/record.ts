// Records a dataset's activations to shards. Decoding, inference and writing run at the same time, one batch apart.
import type { VisionBackbone } from '../backbones/types.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { startProgress } from '../base/progress.ts';
import type { LoadedImage } from '../data/loading.ts';
import type { ActivationMetadata, Layer, PixelAggregation } from './metadata.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { SkippedExample } from './recording-log.ts';
import { openShardWriter, type ShardWriter } from './shard-writer.ts';

const log = logger('activations');

/** A preprocessed image, or the reason why there is none, and perhaps its labels. */
export type LoadedPixels = LoadedImage & {
  /** One class number a patch, uint8 `[nPatches]`: kept in `labels.bin` by protocol 2.1. */
  readonly labels?: Uint8Array;
};

/** What to record, from which model and images, and to where. */
export interface RecordOptions {
  readonly backbone: VisionBackbone;
  /** The dataset's images from position `from` on, in order and without gaps. */
  readonly images: (from: number) => AsyncIterable<LoadedPixels>;
  readonly layers: readonly Layer[];
  /** The shard folder is made in here, named after the metadata. */
  readonly dumpTo: string;
  /** Description of the dataset for the metadata: Python's repr of its config, or a base64 pickle for 2.1. */
  readonly data: string;
  /** Number of images as Python counts them. */
  readonly nExamples: number;
  /** Name an image for people. */
  readonly sourceOf?: (index: number) => string;
  /** Activations a shard file. @default 2_400_000 */
  readonly maxTokensPerShard?: number;
  /** Images a run of the backbone; resuming gives the same bytes with the same number. @default 16 */
  readonly batchSize?: number;
  /** Metadata field of the original protocol; recording itself draws no random numbers. @default 42 */
  readonly seed?: number;
  /** @default 'saev' */
  readonly protocol?: 'saev' | '2.1';
  /** Root folder of the dataset; protocol 2.1 only. */
  readonly dataset?: string;
  /** How `labels` were made; protocol 2.1 only. @default 'majority' */
  readonly pixelAgg?: PixelAggregation;
  /** Keep the images' labels in `labels.bin`; protocol 2.1 only. */
  readonly labels?: boolean;
  /** Record again where the folder is already complete or was begun. */
  readonly overwrite?: boolean;
  /** Stop between two batches; what was recorded stays, and the next call goes on after it. */
  readonly signal?: AbortSignal;
}

/** What a call of `recordActivations` did. */
export interface RecordSummary {
  readonly folder: string;
  readonly metadata: ActivationMetadata;
  /** Images in the folder, skipped ones counted. */
  readonly nWritten: number;
  /** Images recorded by this call: fewer when it went on with an earlier one, none when that was complete. */
  readonly nRecorded: number;
  readonly skipped: readonly SkippedExample[];
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/**
 * Record the activations of `layers` for every image, into a folder that saev's Python can read.
 * Layers stand in the shards in the order given. (The original stores them in order of computation, whatever the
 * metadata says, so the two differ when `layers` is not ascending.)
 * Throws a UserError when the model gives NaN or infinity, naming the image; what was recorded before it is kept.
 */
export async function recordActivations(options: RecordOptions): Promise<RecordSummary> {
  const { backbone, signal } = options;
  signal?.throwIfAborted();
  const recorder = await createRecorder(backbone, options.layers);
  const metadata = describe(options, recorder);
  const writer = await openShardWriter(options.dumpTo, metadata, {
    overwrite: options.overwrite ?? false,
    labels: options.labels ?? false,
  });
  const start = performance.now();
  const from = writer.nWritten;
  try {
    if (writer.finished) log.info(`already recorded: ${writer.folder}`);
    else await recordAll(options, recorder, writer);
    await writer.finish();
  } catch (error) {
    await writer.close().catch(() => undefined);
    throw error;
  }
  const seconds = (performance.now() - start) / 1000;
  const nRecorded = writer.finished ? 0 : writer.nWritten - from;
  return {
    folder: writer.folder,
    metadata,
    nWritten: writer.nWritten,
    nRecorded,
    skipped: writer.skipped,
    seconds,
    imagesPerSecond: nRecorded / seconds,
  };
}

function describe(options: RecordOptions, recorder: Recorder): ActivationMetadata {
  const { backbone } = options;
  const common = {
    family: backbone.family,
    checkpoint: backbone.checkpoint,
    layers: options.layers,
    nPatches: recorder.nPatches,
    hasCls: recorder.hasCls,
    dModel: recorder.dModel,
    nExamples: options.nExamples,
    maxTokensPerShard: options.maxTokensPerShard ?? 2_400_000,
    data: options.data,
  };
  return options.protocol === '2.1'
    ? {
        protocol: '2.1',
        ...common,
        dataset: options.dataset ?? '',
        pixelAgg: options.pixelAgg ?? 'majority',
      }
    : { protocol: 'saev', ...common, seed: options.seed ?? 42 };
}

async function recordAll(
  options: RecordOptions,
  recorder: Recorder,
  writer: ShardWriter,
): Promise<void> {
  const { signal } = options;
  const from = writer.nWritten;
  const progress = startProgress('record', {
    total: options.nExamples,
    unit: 'images',
    done: from,
  });
  const batches = inBatches(options.images(from), from, options.batchSize ?? 16);
  let running = run(await batches.next(), recorder);
  let writing: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      const next = batches.next();
      next.catch(() => undefined);
      const done = await running;
      if (done === undefined) break;
      if (signal?.aborted !== true) {
        running = next.then((batch) => run(batch, recorder));
        running.catch(() => undefined);
      }
      checkFinite(done, recorder, options);
      await writing;
      writing = write(done, writer, options).then(() => progress.tick(done.batch.length));
      writing.catch(() => undefined);
      signal?.throwIfAborted();
    }
    await writing;
  } finally {
    await Promise.allSettled([running, writing]);
    await batches.return(undefined);
    progress.end();
  }
}

interface Recorded {
  readonly batch: readonly LoadedPixels[];
  /** `[good images of the batch, nLayers, nTokens, dModel]` */
  readonly acts: Float32Array;
}

async function run(
  batch: IteratorResult<LoadedPixels[], void>,
  recorder: Recorder,
): Promise<Recorded | undefined> {
  if (batch.done === true) return undefined;
  const images = batch.value.flatMap((item) => (item.pixels === undefined ? [] : [item.pixels]));
  const acts = images.length > 0 ? await recorder.run(images) : new Float32Array(0);
  return { batch: batch.value, acts };
}

async function write(
  { batch, acts }: Recorded,
  writer: ShardWriter,
  options: RecordOptions,
): Promise<void> {
  const { dModel, nTokens, nLayers } = writer.geometry;
  const size = nLayers * nTokens * dModel;
  const nPatches = nTokens - (writer.geometry.hasCls ? 1 : 0);
  const nGood = acts.length / size;
  const slots = nGood === batch.length ? acts : new Float32Array(batch.length * size);
  const labels = options.labels === true ? new Uint8Array(batch.length * nPatches) : undefined;
  let good = 0;
  batch.forEach((item, i) => {
    if (item.bad !== undefined) {
      writer.skip(item.index, item.bad);
      log.warn(`skipped image ${item.index}: ${item.bad}`);
      return;
    }
    if (slots !== acts) slots.set(acts.subarray(good * size, (good + 1) * size), i * size);
    if (item.labels !== undefined) labels?.set(item.labels, i * nPatches);
    good++;
  });
  await writer.append(slots, labels);
}

/** Throw when an activation is NaN or infinite, naming its image. */
function checkFinite({ batch, acts }: Recorded, recorder: Recorder, options: RecordOptions): void {
  const size = recorder.nLayers * recorder.nTokens * recorder.dModel;
  const good = batch.filter((item) => item.pixels !== undefined);
  good.forEach(({ index }, i) => {
    let sum = 0;
    for (let j = i * size; j < (i + 1) * size; j++) sum += acts[j]! * 0;
    if (sum === 0) return;
    const source = options.sourceOf?.(index);
    throw new UserError(
      `the model gave activations that are not numbers for image ${index}${source === undefined ? '' : ` (${source})`}`,
      { hint: 'look at that image and at the checkpoint; what was recorded before it is kept' },
    );
  });
}

/** Gather images into lists of `batchSize`, checking that their indices go up by one. */
async function* inBatches(
  images: AsyncIterable<LoadedPixels>,
  from: number,
  batchSize: number,
): AsyncGenerator<LoadedPixels[], void> {
  let expected = from;
  let batch: LoadedPixels[] = [];
  for await (const item of images) {
    if (item.index !== expected) {
      throw new Error(`recording: image ${item.index} came in place of image ${expected}`);
    }
    expected++;
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
