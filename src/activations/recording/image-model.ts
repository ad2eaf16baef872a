// Opens what activations of images need: the model, and the images as its inputs.
import type { VisionBackbone } from '../../backbones/types.ts';
import { openVisionModel } from '../../backbones/vision/open.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { type LoadedImage, loadImages } from '../../data/images/loading.ts';
import { type ActivationsConfig, visionModelOf } from '../config.ts';

/** Larger batches take more memory and, on a CPU, no less time. */
export const MOST_IMAGES = 32;

/** A vision transformer and the images it is run on. */
export interface ImageModel {
  readonly backbone: VisionBackbone;
  readonly dataset: ImageDataset;
  /** Read and preprocess images in the order asked for, one item for every index. */
  images(indices: Iterable<number>): AsyncGenerator<LoadedImage, void>;
  /** Ends the model. */
  close(): Promise<void>;
}

type ModelChoice = Pick<ActivationsConfig, 'vitFamily' | 'vitCkpt' | 'nWorkers' | 'onBadImage'>;

/**
 * Open a model and its images.
 * @throws {UserError} when images or checkpoint are missing or damaged.
 */
export async function openImageModel(
  model: ModelChoice,
  images: DatasetConfig,
  { threads, signal }: { threads?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<ImageModel> {
  const vision = visionModelOf(model);
  const dataset = await openDataset(images, { signal });
  try {
    const backbone = await openVisionModel(vision, { threads, signal });
    return {
      backbone,
      ...inputsOf(dataset, backbone, { ...model, signal }),
      async close() {
        await backbone.close();
        await dataset.close();
      },
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/**
 * Open further images for a model that is open: closing them leaves the model open.
 * @throws {UserError} when they are missing or damaged.
 */
export async function openMoreImages(
  { backbone }: Pick<ImageModel, 'backbone'>,
  images: DatasetConfig,
  model: ModelChoice & { readonly signal?: AbortSignal | undefined },
): Promise<Omit<ImageModel, 'backbone'>> {
  const dataset = await openDataset(images, { signal: model.signal });
  return { ...inputsOf(dataset, backbone, model), close: () => dataset.close() };
}

/** Images as inputs of a model. */
function inputsOf(
  dataset: ImageDataset,
  backbone: VisionBackbone,
  {
    nWorkers,
    onBadImage,
    signal,
  }: Pick<ModelChoice, 'nWorkers' | 'onBadImage'> & { signal?: AbortSignal | undefined },
): Pick<ImageModel, 'dataset' | 'images'> {
  return {
    dataset,
    images: (indices) =>
      loadImages(dataset, {
        transform: (image) => backbone.preprocess(image),
        indices,
        concurrency: Math.max(1, nWorkers),
        onBad: onBadImage,
        signal,
      }),
  };
}
