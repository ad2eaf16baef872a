// The class of each patch: the most frequent one among its pixels, and the share of them that have it.

import type { SegmentedImages } from '../../activations/labels/class-maps.ts';
import { labelPatches } from '../../activations/labels/label-patches.ts';
import type { PatchGeometry } from '../../activations/labels/patch-geometry.ts';
import { type ClassMap, seenClassMap } from '../../activations/labels/seen-class-map.ts';
import { mapAhead } from '../../base/iterables.ts';
import { startProgress } from '../../base/progress.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { countAsPython } from '../../data/datasets/python-name.ts';
import { range } from '../../data/images/loading.ts';
import type { Labels } from './labels.ts';

/** Classes of patches; number 0 stands for nothing that was labelled, −1 for images that are not there. */
export interface PatchLabels extends Labels {
  /** Patches of an image, row by row. */
  readonly nTokens: number;
  /** Class of each patch, `[examples, tokens]`. */
  readonly numbers: Int32Array;
  /** Share of a patch's pixels that have its class, `[examples, tokens]`. */
  readonly share: Float32Array;
}

/** Maps read at the same time. */
const CONCURRENCY = 8;

/**
 * Label the patches of images by their segmentation maps, which are resized and cut as the images were for the model.
 * Examples are numbered as in recorded activations of these images: give their `config` where Python counts other images
 * than there are.
 *
 * @throws {UserError} for maps that are missing, damaged, of another size than their image or beyond the table of classes.
 */
export async function patchLabels(
  images: SegmentedImages,
  geometry: PatchGeometry,
  options: { readonly config?: DatasetConfig; readonly signal?: AbortSignal | undefined } = {},
): Promise<PatchLabels> {
  const { dataset, classes } = images;
  const { config, signal } = options;
  const nTokens = geometry.grid ** 2;
  const counted = config === undefined ? dataset.length : countAsPython(config, dataset).asPython;
  const nExamples = Math.max(dataset.length, counted);
  const numbers = new Int32Array(nExamples * nTokens).fill(-1);
  const share = new Float32Array(nExamples * nTokens);
  const progress = startProgress('label patches', { total: dataset.length, unit: 'images' });
  const read = async (example: number): Promise<ClassMap> => {
    signal?.throwIfAborted();
    return seenClassMap(await images.classMap(example), geometry.transform);
  };
  try {
    let example = 0;
    for await (const map of mapAhead(range(0, dataset.length), CONCURRENCY, read)) {
      labelPatches(map, geometry.grid, {
        numbers: numbers.subarray(example * nTokens, (example + 1) * nTokens),
        share: share.subarray(example * nTokens, (example + 1) * nTokens),
      });
      example++;
      progress.tick();
    }
  } finally {
    progress.end();
  }
  return {
    classes,
    nExamples,
    nTokens,
    numbers,
    share,
    classOf: (example, token) => classAt(numbers, nTokens, example, token),
  };
}

/** Which labels of patches count. */
export interface ConfidenceOptions {
  /** Share of a patch's pixels that must have its class; a patch with less has none. @default 0 */
  readonly labelThreshold?: number;
  /** Whether class 0, nothing that was labelled, is a class like others. @default true */
  readonly keepUnlabelled?: boolean;
}

/** Keep the labels of patches that show one class clearly; others have none (−1). */
export function confidentLabels(labels: PatchLabels, options: ConfidenceOptions = {}): Labels {
  const { labelThreshold = 0, keepUnlabelled = true } = options;
  const { numbers, share, nTokens } = labels;
  const kept = numbers.map((number, i) =>
    share[i]! >= labelThreshold && (number > 0 || keepUnlabelled) ? number : -1,
  );
  return {
    classes: labels.classes,
    nExamples: labels.nExamples,
    classOf: (example, token) => classAt(kept, nTokens, example, token),
  };
}

function classAt(numbers: Int32Array, nTokens: number, example: number, token: number): number {
  return token < 0 || token >= nTokens ? -1 : (numbers[example * nTokens + token] ?? -1);
}
