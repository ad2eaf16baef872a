// Activations of images straight from a model: rows to train on without shards on disk.
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import { inBatches } from '../../base/iterables.ts';
import { Random } from '../../base/random.ts';
import type { Scaling } from '../reading/scaling.ts';
import { selectRows } from '../reading/selection.ts';
import type { ReadOptions } from '../reading/shard-source.ts';
import { imageRecorder } from '../recording/image-recorder.ts';
import type { LoadedPixels } from '../recording/record-images.ts';
import type { Layer } from '../shards/metadata.ts';
import { liveRows } from './live-rows.ts';
import { BUFFER_BYTES, bytesPerExample, createLiveSource, type LiveSource } from './live-source.ts';

/** A model, its images, and which rows of them are wanted. */
export interface LiveImagesOptions
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

/**
 * Open images and a backbone as a source of rows. The same seed gives the same batches, as long as no further image
 * turns out broken. `skipBatches` replays the order without the model, then runs only the images whose rows are still
 * in the buffer. The backbone stays the caller's to close.
 *
 * @throws {UserError} for layers that do not exist, and where the scaling cannot be computed or loaded.
 */
export async function liveImages(options: LiveImagesOptions): Promise<LiveSource> {
  const { nExamples, patches = 'patches', layer = -2, target, batchImages = 16 } = options;
  const inputs = layer === 'all' || layer === 'meanpool' ? options.layers : [layer];
  if (inputs === undefined) {
    throw new UserError(`missing layers: layer '${layer}' needs a list of them`);
  }
  const layers = target === undefined || target === layer ? inputs : [...inputs, target];
  const recorder = await imageRecorder(options.backbone, layers);
  const { notInMean, chooseRows } = options;
  const selection = selectRows(recorder, { patches, layer, target, notInMean });
  const { dModel } = recorder;
  const width = { selection, dModel, dTarget: target === undefined ? undefined : dModel };
  const fit = Math.max(1, Math.floor(BUFFER_BYTES / bytesPerExample(width)));
  const { bufferImages = fit, sampleSeed = 42, absent } = options;
  const filter = await chooseRows?.(selection);
  const feed = {
    ...width,
    filter,
    noun: 'image',
    nExamples,
    run: (images: Iterable<number>, scaling: Scaling, signal: AbortSignal | undefined) =>
      liveRows(inBatches(options.images(images), batchImages), {
        ...width,
        runModel: (items) => recorder.run(items.map(({ pixels }) => pixels!)),
        noun: 'image',
        scaling,
        signal,
      }),
    order: (images: Uint32Array, seed: number) => new Random(seed, 'images').shuffle(images),
    sample: (images: Uint32Array, n: number) =>
      new Random(sampleSeed, 'sample').shuffle(images).slice(0, n).sort(),
    bufferExamples: bufferImages,
    aheadExamples: Math.ceil(bufferImages / 2),
  };
  return createLiveSource(feed, { ...options, absent });
}
