// How well predicted classes of pixels agree with the true ones: counted as they come, so no prediction is kept.

/** How many pixels of each true class (rows) were taken for each class (columns), `[classes, classes]`. */
export interface Confusion {
  readonly nClasses: number;
  readonly counts: Float64Array;
}

/** Counts of nothing. */
export function newConfusion(nClasses: number): Confusion {
  return { nClasses, counts: new Float64Array(nClasses * nClasses) };
}

/** Count pixels with their true and their predicted classes. */
export function countPixels(
  { nClasses, counts }: Confusion,
  truth: Uint8Array,
  predicted: Uint8Array,
): void {
  for (let i = 0; i < truth.length; i++) counts[truth[i]! * nClasses + predicted[i]!]!++;
}

/** Agreement over some pixels. */
export interface PixelMeasure {
  /** Share of the pixels whose class is right. */
  readonly accuracy: number;
  /** Intersection over union of each class, `[classes]`; NaN for class 0, and for classes in neither truth nor prediction. */
  readonly iou: Float64Array;
  /** Mean of these over the classes that are present; NaN where none is. */
  readonly meanIou: number;
  /** How many classes these are. */
  readonly nPresent: number;
  /** Pixels measured. */
  readonly pixels: number;
}

/**
 * Measure agreement. Without `labelledOnly` every pixel counts, as in the original: one that nobody labelled (class 0) is
 * wrong wherever a class is predicted. With it such pixels are left out, as benchmarks do. Class 0 has no part in the mean.
 */
export function measurePixels(
  { nClasses, counts }: Confusion,
  { labelledOnly }: { readonly labelledOnly: boolean },
): PixelMeasure {
  const first = labelledOnly ? 1 : 0;
  const truths = new Float64Array(nClasses);
  const predictions = new Float64Array(nClasses);
  let [pixels, right] = [0, 0];
  for (let truth = first; truth < nClasses; truth++) {
    for (let guess = 0; guess < nClasses; guess++) {
      const count = counts[truth * nClasses + guess]!;
      truths[truth]! += count;
      predictions[guess]! += count;
      pixels += count;
      if (truth === guess) right += count;
    }
  }
  const iou = new Float64Array(nClasses).fill(Number.NaN);
  let [sum, nPresent] = [0, 0];
  for (let c = 1; c < nClasses; c++) {
    const both = counts[c * nClasses + c]!;
    const either = truths[c]! + predictions[c]! - both;
    if (either === 0) continue;
    iou[c] = both / either;
    sum += both / either;
    nPresent++;
  }
  return { accuracy: right / pixels, iou, meanIou: sum / nPresent, nPresent, pixels };
}
