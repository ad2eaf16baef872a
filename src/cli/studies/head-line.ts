// A head of a sweep in one line.
import { counted, percent } from '../../base/text.ts';
import type { MeasuredHead } from '../../studies/classification/measured-head.ts';

/** Say where a head is and how much it gets right; the best is marked. */
export function headLine(head: MeasuredHead, isBest: boolean): string {
  const { path, kLatents, train, val } = head;
  const few = kLatents === undefined ? '' : `, ${counted(kLatents, 'latent')} a class`;
  const training = train === undefined ? '' : `${percent(train.accuracy)} of the training images, `;
  const mark = isBest ? ' (best)' : '';
  return `${path}${few}: ${training}${percent(val.accuracy)} of ${train === undefined ? 'the images' : 'the validation images'}${mark}`;
}
