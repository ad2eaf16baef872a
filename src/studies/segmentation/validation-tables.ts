// Tables of a validation, as Python's csv module writes them.
import { csvText } from '../../formats/csv.ts';
import type { ValidatedHead } from './head-measures.ts';

/**
 * Write a line for each head under the original's headings: accuracy in percent, mean IoU and the IoU of each class over
 * all pixels, unlabelled ones included; `nan` for a class in neither truth nor prediction, which has no part in the mean.
 */
export function resultsTable(
  heads: readonly Pick<ValidatedHead, 'learningRate' | 'weightDecay' | 'all'>[],
  classes: readonly string[],
): string {
  const headings = ['learning_rate', 'weight_decay', 'acc', 'mean_iou', ...classes.slice(1)];
  const rows = heads.map(({ learningRate, weightDecay, all }) => [
    learningRate,
    weightDecay,
    100 * all.accuracy,
    all.meanIou,
    ...all.iou.slice(1),
  ]);
  return csvText(headings, rows, { lineEnd: '\r\n' });
}

/** Write a line for each class of one head: pixels of it, how many are found, and its IoU either way. */
export function classTable(
  { confusion, all, labelled }: Pick<ValidatedHead, 'confusion' | 'all' | 'labelled'>,
  classes: readonly string[],
): string {
  const { nClasses, counts } = confusion;
  const rows = classes.map((name, number) => {
    let [truth, predicted] = [0, 0];
    for (let other = 0; other < nClasses; other++) {
      truth += counts[number * nClasses + other]!;
      predicted += counts[other * nClasses + number]!;
    }
    const right = counts[number * nClasses + number]!;
    return [number, name, truth, predicted, right, all.iou[number]!, labelled.iou[number]!];
  });
  const headings = ['idx', 'name', 'pixels', 'predicted', 'right', 'iou', 'iou_labelled'];
  return csvText(headings, rows, { lineEnd: '\r\n' });
}
