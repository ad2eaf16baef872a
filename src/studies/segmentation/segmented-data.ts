// Which images with segmentation maps a study reads, as its settings name them.
import { z } from 'zod';
import { ade20k } from '../../data/datasets/ade20k.ts';

const { type, split } = ade20k.schema.shape;

/** Settings of images with maps; the split is the given one where none is named. */
export function segmentedImagesField(usualSplit: 'training' | 'validation') {
  return ade20k.schema
    .extend({ type: type.default('ade20k'), split: split.default(usualSplit) })
    .prefault({})
    .describe('Images with segmentation maps, laid out as ADE20K.');
}

/** Share of a patch's pixels that must have one label, as a field of a study. */
export const labelThresholdField = z
  .number()
  .min(0)
  .max(1)
  .default(0.9)
  .describe('Share of the pixels of a patch that must have one label; other patches are left out.');
