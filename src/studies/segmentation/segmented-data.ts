// Which images with segmentation maps a study reads, as its settings name them.
import { z } from 'zod';
import { ade20k } from '../../data/datasets/ade20k.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';

const { root, split } = ade20k.schema.shape;

/** Settings of images with maps; the split is the given one where none is named. */
export function segmentedImagesField(usualSplit: 'training' | 'validation') {
  return z
    .strictObject({
      root: root.describe(
        'Folder with images/, annotations/, sceneCategories.txt and objectInfo150.txt.',
      ),
      split: split.default(usualSplit).describe('Which part to read.'),
    })
    .prefault({})
    .describe('Images with segmentation maps, laid out as ADE20K.');
}

/** Images with maps, as settings name them. */
export type SegmentedImagesConfig = z.output<ReturnType<typeof segmentedImagesField>>;

/** The set that these settings mean. */
export function segmentedDataset(imgs: SegmentedImagesConfig): DatasetConfig {
  return { type: 'ade20k', ...imgs };
}

/** Share of a patch's pixels that must have one label, as a field of a study. */
export const labelThresholdField = z
  .number()
  .min(0)
  .max(1)
  .default(0.9)
  .describe('Share of the pixels of a patch that must have one label; other patches are left out.');
