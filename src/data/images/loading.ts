// Decoding and preprocessing ahead of the model, in order, with broken images reported instead of lost.
import { availableParallelism } from 'node:os';
import { mapAhead } from '../../base/iterables.ts';
import { BadImageError } from './decode.ts';
import type { ImageDataset, RgbImage } from './images.ts';
import { applyTransform, type ImageTransform } from './transform.ts';

/** Which images to read, how far ahead, and what a broken one does. */
export interface LoadOptions {
  /** Preprocessing, as data or as a function from an image to float32 `[3, height, width]`. */
  readonly transform: ImageTransform | ((image: RgbImage) => Float32Array);
  /** Which images, in which order; all of them by default. */
  readonly indices?: Iterable<number>;
  /** Images read ahead; their pixels wait in memory. */
  readonly concurrency?: number;
  /** What a broken image does: end the job with its error, or be reported in its place. */
  readonly onBad?: 'stop' | 'skip';
  readonly signal?: AbortSignal;
}

/** An image's input to the model, or why there is none. `index` is the image's number in the dataset. */
export type LoadedImage =
  | { readonly index: number; readonly pixels: Float32Array; readonly bad?: undefined }
  | { readonly index: number; readonly pixels?: undefined; readonly bad: string };

/**
 * Read and preprocess images ahead of the reader and yield them in the order asked for, one item for every index,
 * whether it could be read or not.
 *
 * @throws {BadImageError} of a broken image, in its turn, unless `onBad` is `skip`; other errors always.
 */
export async function* loadImages(
  dataset: ImageDataset,
  options: LoadOptions,
): AsyncGenerator<LoadedImage, void> {
  const { transform, onBad = 'stop', signal } = options;
  const { indices = range(0, dataset.length), concurrency = 2 * availableParallelism() } = options;
  const preprocess =
    typeof transform === 'function'
      ? transform
      : (image: RgbImage) => applyTransform(image, transform);
  const load = async (index: number): Promise<LoadedImage> => {
    signal?.throwIfAborted();
    try {
      return { index, pixels: preprocess(await dataset.image(index)) };
    } catch (error) {
      if (onBad === 'skip' && error instanceof BadImageError) return { index, bad: error.message };
      throw error;
    }
  };
  for await (const item of mapAhead(indices, concurrency, load)) {
    signal?.throwIfAborted();
    yield item;
  }
}

/** The integers from `start` to before `end`. */
export function* range(start: number, end: number): Generator<number, void> {
  for (let i = start; i < end; i++) yield i;
}
