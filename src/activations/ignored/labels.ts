// Labels of patches, for leaving some of them out: those that stand beside recorded activations, or those of the images' maps.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import { diskError, kindOfPath } from '../../base/files.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { type SegmentedImages, segmentedImages } from '../labels/class-maps.ts';
import { labelPatches } from '../labels/label-patches.ts';
import { type PatchGeometry, patchGeometry } from '../labels/patch-geometry.ts';
import { seenClassMap } from '../labels/seen-class-map.ts';
import { patchGeometryOfShards } from '../labels/shard-geometry.ts';
import type { ActivationMetadata } from '../shards/metadata.ts';

/** Labels of the patches of a set. */
export interface LabelsOfPatches {
  /** Names by number; undefined where labels are numbers alone. */
  readonly classes?: readonly string[];
  /** `[nPatches]` of an example. */
  of(example: number): Promise<ArrayLike<number>>;
  close(): Promise<void>;
}

const hint =
  'labels are those of data sets with segmentation maps (ade20k), or of labels.bin beside the shards: uint8 [examples, patches]';

/**
 * Find the labels of recorded patches: `labels.bin` beside the shards, or the segmentation maps of their images.
 * @throws {UserError} when there are none, or they are of another size.
 */
export async function recordedLabels(
  folder: string,
  metadata: ActivationMetadata,
): Promise<LabelsOfPatches> {
  const { nExamples, nPatches } = metadata;
  const path = join(folder, 'labels.bin');
  if ((await kindOfPath(path)) === 'file') {
    const labels = await readFile(path).catch((error: unknown) => {
      throw diskError(error, path, 'read');
    });
    if (labels.length !== nExamples * nPatches) {
      throw new UserError(
        `invalid labels: '${path}' has ${labels.length}, for ${nExamples} examples of ${nPatches} patches`,
      );
    }
    return {
      of: async (example) => labels.subarray(example * nPatches, (example + 1) * nPatches),
      close: async () => undefined,
    };
  }
  const config = recordedDataset(metadata.data);
  if (config === undefined) {
    throw new UserError(`missing labels: there is no '${path}', and the images are unknown`, {
      hint,
    });
  }
  const dataset = await openDataset(config);
  try {
    return await mapLabels(dataset, await patchGeometryOfShards(metadata));
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/**
 * Take the labels of images that a model runs along over from their segmentation maps. The images stay open.
 * @throws {UserError} when they have none.
 */
export async function liveLabels(
  dataset: ImageDataset,
  backbone: VisionBackbone,
): Promise<LabelsOfPatches> {
  return { ...(await mapLabels(dataset, patchGeometry(backbone))), close: async () => undefined };
}

async function mapLabels(dataset: ImageDataset, geometry: PatchGeometry): Promise<LabelsOfPatches> {
  if (dataset.segmentation === undefined) {
    throw new UserError('missing labels: these images have no segmentation maps', { hint });
  }
  const images: SegmentedImages = await segmentedImages(dataset);
  const { grid, transform } = geometry;
  return {
    classes: images.classes,
    async of(example) {
      const numbers = new Int32Array(grid ** 2);
      const share = new Float32Array(grid ** 2);
      const map = seenClassMap(await images.classMap(example), transform);
      labelPatches(map, grid, { numbers, share });
      return numbers;
    },
    close: () => dataset.close(),
  };
}
