// A head and how well it does.
import type { HeadRates } from '../probes/adamw.ts';
import type { HeadMeasure } from '../probes/measure-heads.ts';

/** A head as a sweep measured it. */
export interface MeasuredHead extends HeadRates {
  /** File of the head. */
  readonly path: string;
  /** Latents that each class reads; undefined for a head that reads all there is. */
  readonly kLatents?: number | undefined;
  /** On the images it learnt from; undefined where it was only evaluated. */
  readonly train?: HeadMeasure | undefined;
  readonly val: HeadMeasure;
}

/** Choose the head that gets most right; of equal ones that of the smaller loss. */
export function bestHead<Head extends Pick<MeasuredHead, 'val'>>(heads: readonly Head[]): Head {
  const [first] = heads;
  if (first === undefined) throw new RangeError('no heads to choose from');
  return heads.reduce((best, head) => {
    const gain = head.val.accuracy - best.val.accuracy;
    return gain > 0 || (gain === 0 && head.val.loss < best.val.loss) ? head : best;
  }, first);
}
