// Labelled images in batches, as the model takes them.

import type { PatchGeometry } from '../../../activations/labels/patch-geometry.ts';
import type { Tensor, VisionBackbone } from '../../../backbones/types.ts';
import type { ImageDataset } from '../../../data/images/images.ts';
import { loadImages, range } from '../../../data/images/loading.ts';
import { applyTransform } from '../../../data/images/transform.ts';

/** Images and their numbers in the set. */
export interface ImageBatch {
  readonly pixels: Tensor;
  readonly images: Int32Array;
}

/** Read images in their order, `batchSize` at a time. */
export async function* imageBatches(
  dataset: ImageDataset,
  { backbone, geometry }: { readonly backbone: VisionBackbone; readonly geometry: PatchGeometry },
  options: {
    readonly batchSize: number;
    readonly concurrency: number;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<ImageBatch> {
  const side = backbone.config.imageSize;
  const size = 3 * side * side;
  const { batchSize, concurrency, signal } = options;
  let data = new Float32Array(Math.min(batchSize, dataset.length) * size);
  let images: number[] = [];
  const batch = (): ImageBatch => ({
    pixels: {
      data: data.subarray(0, images.length * size),
      shape: [images.length, 3, side, side],
    },
    images: Int32Array.from(images),
  });
  const loading = loadImages(dataset, {
    transform: (image) => applyTransform(image, geometry.transform),
    indices: range(0, dataset.length),
    concurrency,
    ...(signal && { signal }),
  });
  for await (const { index, pixels } of loading) {
    data.set(pixels!, images.length * size);
    images.push(index);
    if (images.length < batchSize) continue;
    yield batch();
    data = new Float32Array(data.length);
    images = [];
  }
  if (images.length > 0) yield batch();
}
