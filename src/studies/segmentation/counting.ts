// Counting the patches of each class that show hardly anything else.

import { segmentedImages } from '../../activations/labels/class-maps.ts';
import type { PatchGeometry } from '../../activations/labels/patch-geometry.ts';
import { VISION_FAMILIES } from '../../backbones/vision/families/registry.ts';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { csvText } from '../../formats/csv.ts';
import { patchLabels } from '../labels/patch-labels.ts';
import type { SemsegCountConfig } from './config.ts';

/** How many patches show each class clearly. */
export interface PatchCounts {
  readonly classes: readonly string[];
  /** `[classes]` */
  readonly counts: Uint32Array;
  /** Patches looked at. */
  readonly nPatches: number;
  readonly mean: number;
  readonly max: number;
  readonly min: number;
}

/**
 * Count, for each class, the patches of which more than `threshold` of the pixels have it.
 * @throws {UserError} when images or maps are missing or damaged, or patches do not divide an image.
 */
export async function countPatches(
  config: SemsegCountConfig,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PatchCounts> {
  const { ade20k, threshold, dumpTo } = config;
  const dataset = await openDataset({ type: 'ade20k', ...ade20k }, { signal });
  try {
    const images = await segmentedImages(dataset);
    const { classes } = images;
    const { numbers, share } = await patchLabels(images, geometryOf(config), { signal });
    const counts = new Uint32Array(classes.length);
    numbers.forEach((number, i) => {
      if (share[i]! > Math.fround(threshold)) counts[number]!++;
    });
    if (dumpTo !== undefined) {
      const rows = classes.map((name, number) => [number, name, counts[number]!]);
      const headings = ['idx', 'name', 'patches'];
      await writeFileAtomic(dumpTo, csvText(headings, rows, { lineEnd: '\r\n' }));
    }
    return {
      classes,
      counts,
      nPatches: numbers.length,
      mean: counts.reduce((a, b) => a + b, 0) / counts.length,
      max: counts.reduce((a, b) => Math.max(a, b)),
      min: counts.reduce((a, b) => Math.min(a, b)),
    };
  } finally {
    await dataset.close();
  }
}

/** What models of the family see of an image, in patches of so many pixels. */
function geometryOf({ vitFamily, patchSizePx }: SemsegCountConfig): PatchGeometry {
  const { view } = VISION_FAMILIES.find(({ name }) => name === vitFamily)!;
  const { width, height } = view.crop ?? { width: 0, height: 0 };
  const [across = 0, down = 0] = patchSizePx;
  if (across !== down || width !== height || width % across !== 0)
    throw new UserError(
      `invalid patch size: ${patchSizePx.join(' × ')} pixels in images of ${width} × ${height}`,
      { hint: 'patches are square, and a whole number of them makes the side of an image' },
    );
  return { transform: view, grid: width / across };
}
