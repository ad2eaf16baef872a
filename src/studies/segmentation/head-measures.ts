// How good heads are, and which is best.
import type { HeadRates } from '../probes/adamw.ts';
import { type Confusion, measurePixels, type PixelMeasure } from './confusion.ts';

/** How good a head is. */
export interface SegmentationMeasure extends HeadRates {
  /** Over all pixels, as the original measures: unlabelled ones are wrong wherever a class is predicted. */
  readonly all: PixelMeasure;
  /** Over the pixels that are labelled. */
  readonly labelled: PixelMeasure;
}

/** A saved head and how good it is. */
export interface ValidatedHead extends SegmentationMeasure {
  /** File of the head. */
  readonly path: string;
  readonly confusion: Confusion;
}

/** Measure what a head was counted to do, in both ways. */
export function bothMeasures(confusion: Confusion): Pick<SegmentationMeasure, 'all' | 'labelled'> {
  return {
    all: measurePixels(confusion, { labelledOnly: false }),
    labelled: measurePixels(confusion, { labelledOnly: true }),
  };
}

/** Find the head of the highest mean IoU over all pixels; the first of several. */
export function bestOf<Head extends SegmentationMeasure>(heads: readonly Head[]): Head {
  return heads.reduce((best, head) => (head.all.meanIou > best.all.meanIou ? head : best));
}
