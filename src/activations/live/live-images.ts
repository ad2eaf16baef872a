// Activations of images straight from a model: rows to train on without shards on disk.
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import { inBatches } from '../../base/iterables.ts';
import { Random } from '../../base/random.ts';
import { selectRows } from '../reading/selection.ts';
import type { ReadOptions } from '../reading/shard-source.ts';
import { imageRecorder, runBlankImage, runImages } from '../recording/image-recorder.ts';
import type { LoadedPixels } from '../recording/record-images.ts';
import type { Recorder } from '../recording/run-batches.ts';
import type { Layer } from '../shards/metadata.ts';
import {
  BUFFER_BYTES,
  bytesPerExample,
  hooksOf,
  type LiveFeed,
  type LiveView,
} from './live-feed.ts';
import { liveRows } from './live-rows.ts';
import { createLiveSources, type LiveSource, type WantedView } from './live-source.ts';

/** Which rows of images are wanted, and how they are scaled. */
export interface ImageSelection
  extends Pick<
    ReadOptions,
    | 'patches'
    | 'layer'
    | 'target'
    | 'clamp'
    | 'scaleMean'
    | 'scaleNorm'
    | 'scaling'
    | 'chooseRows'
    | 'notInMean'
  > {
  /** Rows to compute mean and norm from: all rows of random images, at most 512 MiB of them. @default 65_536 */
  readonly nRandomSamples?: number;
}

/** A model and its images. */
export interface LiveImagesModel
  extends Pick<ReadOptions, 'sampleSeed' | 'heldOut' | 'leaveOut' | 'signal'> {
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
  /** Images known to be broken: `absent` of an earlier source. To resume it, they must be known. */
  readonly absent?: readonly number[];
}

/** A model, its images, and which rows of them are wanted. */
export interface LiveImagesOptions extends LiveImagesModel, ImageSelection {}

/**
 * Open images and a backbone as a source of rows. The same seed gives the same batches, as long as no further image
 * turns out broken. `skipBatches` replays the order without the model, then runs only the images whose rows are still
 * in the buffer. The backbone stays the caller's to close.
 *
 * @throws {UserError} for layers that do not exist, and where the scaling cannot be computed or loaded.
 */
export async function liveImages(options: LiveImagesOptions): Promise<LiveSource> {
  const [source] = await liveImagesTogether(options, [options]);
  return source!;
}

/**
 * Open images and a backbone as a source of each of several selections, all from one run of the backbone where they are read
 * together.
 * @throws {UserError} as {@link liveImages} does.
 */
export async function liveImagesTogether(
  model: LiveImagesModel,
  selections: readonly ImageSelection[],
): Promise<LiveSource[]> {
  const { backbone, nExamples, batchImages = 16, sampleSeed = 42 } = model;
  const layers = selections.map((selection) => layersOf(selection, model));
  const blank = await runBlankImage(backbone, layers.flat());
  const wanted: WantedView[] = [];
  for (const [i, selection] of selections.entries()) {
    const recorder = await imageRecorder(backbone, layers[i]!, blank);
    wanted.push({ view: await viewOf(selection, recorder, model), choice: selection });
  }
  const feed: LiveFeed = {
    noun: 'image',
    nExamples,
    run: (images, views, signal) =>
      liveRows(inBatches(model.images(images), batchImages), {
        views,
        async runModel(items) {
          const pixels = items.map((item) => item.pixels!);
          const outputs = await runImages(backbone, pixels, hooksOf(views));
          return views.map((view) => view.take(outputs, items.length));
        },
        noun: 'image',
        signal,
      }),
    order: (images, seed) => new Random(seed, 'images').shuffle(images),
    sample: (images, n) => new Random(sampleSeed, 'sample').shuffle(images).slice(0, n).sort(),
    aheadOf: (bufferImages) => Math.ceil(bufferImages / 2),
  };
  return createLiveSources(feed, wanted, model);
}

/** Layers that a selection reads, a target behind them. */
function layersOf(
  { layer = -2, target }: ImageSelection,
  { layers }: Pick<LiveImagesModel, 'layers'>,
): readonly Layer[] {
  const inputs = layer === 'all' || layer === 'meanpool' ? layers : [layer];
  if (inputs === undefined) {
    throw new UserError(`missing layers: layer '${layer}' needs a list of them`);
  }
  return target === undefined || target === layer ? inputs : [...inputs, target];
}

async function viewOf(
  { patches = 'patches', layer = -2, target, notInMean, chooseRows }: ImageSelection,
  recorder: Recorder<Float32Array>,
  model: Pick<LiveImagesModel, 'bufferImages'>,
): Promise<LiveView> {
  const selection = selectRows(recorder, { patches, layer, target, notInMean });
  const { dModel, hooks, take } = recorder;
  const width = { selection, dModel, dTarget: target === undefined ? undefined : dModel };
  const fit = Math.max(1, Math.floor(BUFFER_BYTES / bytesPerExample(width)));
  const { bufferImages: bufferExamples = fit } = model;
  return { ...width, filter: await chooseRows?.(selection), bufferExamples, hooks, take };
}
