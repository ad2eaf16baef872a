// Records the activations of a dataset of images to shards.
import type { VisionBackbone } from '../../backbones/types.ts';
import type { LoadedImage } from '../../data/images/loading.ts';
import type { ShardDtype } from '../shards/dtypes.ts';
import {
  type ActivationMetadata,
  type Layer,
  type PixelAggregation,
  storedAs,
} from '../shards/metadata.ts';
import type { RecordingOrigin } from '../shards/origin.ts';
import { imageRecorder } from './image-recorder.ts';
import { type RecordSummary, recordExamples } from './record-loop.ts';
import type { Recorder } from './run-batches.ts';

/** A preprocessed image, or the reason why there is none, and perhaps its labels. */
export type LoadedPixels = LoadedImage & {
  /** One class number a patch, uint8 `[nPatches]`: kept in `labels.bin` by protocol 2.1. */
  readonly labels?: Uint8Array;
};

/** What to record, from which model and images, and to where. */
export interface RecordImagesOptions {
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
  /** Images that there are, where Python counts more. */
  readonly nGiven?: number;
  /** What tells the images and the model from others: {@link RecordingOrigin}. */
  readonly origin?: () => Promise<RecordingOrigin>;
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
  /** How numbers stand on disk. @default 'float32' */
  readonly dtype?: ShardDtype;
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

/**
 * Record the activations of `layers` for every image, into a folder that saev's Python can read.
 * Layers stand in the shards in the order given. (The original stores them in order of computation, whatever the
 * metadata says, so the two differ when `layers` is not ascending.)
 *
 * @throws {UserError} when the model gives NaN or infinity, naming the image; what was recorded before it is kept.
 */
export async function recordImages(options: RecordImagesOptions): Promise<RecordSummary> {
  const { backbone, images, batchSize = 16, ...rest } = options;
  options.signal?.throwIfAborted();
  const recorder = await imageRecorder(backbone, options.layers);
  return recordExamples({
    ...rest,
    noun: 'image',
    metadata: describe(options, recorder),
    examples: images,
    run: (items) => recorder.run(items.map(({ pixels }) => pixels!)),
    batchSize,
  });
}

function describe(
  options: RecordImagesOptions,
  recorder: Recorder<Float32Array>,
): ActivationMetadata {
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
    ...storedAs(options.dtype),
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
