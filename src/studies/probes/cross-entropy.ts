// The loss of heads: multinomial logistic, the mean over rows for each head.
import { expOfNegative } from './fast-exp.ts';

/** What a block of rows did under each head. */
export interface HeadSums {
  /** `[heads]`, sums of −log p of the true class. */
  readonly loss: Float64Array;
  /** `[heads]`, rows whose highest score is the true class; of equal scores the first counts. */
  readonly correct: Float64Array;
}

/** Sums of nothing. */
export function noSums(nHeads: number): HeadSums {
  return { loss: new Float64Array(nHeads), correct: new Float64Array(nHeads) };
}

/** Add sums to others. */
export function addSums(to: HeadSums, { loss, correct }: HeadSums): void {
  for (let head = 0; head < loss.length; head++) {
    to.loss[head]! += loss[head]!;
    to.correct[head]! += correct[head]!;
  }
}

/**
 * Turn `logits [rows, heads · classes]` into the gradients of each head's own mean loss, in place: `(p − y) / nRows`,
 * where `nRows` counts the rows of the whole batch. Row `r` is of class `classes[r]`.
 */
export function lossGradients(
  logits: Float32Array,
  classes: Int32Array,
  { nHeads, nClasses, nRows }: { nHeads: number; nClasses: number; nRows: number },
): HeadSums {
  const sums = noSums(nHeads);
  const share = 1 / nRows;
  for (let row = 0, at = 0; row < classes.length; row++) {
    const truth = classes[row]!;
    for (let head = 0; head < nHeads; head++, at += nClasses) {
      let [highest, best] = [Number.NEGATIVE_INFINITY, 0];
      for (let c = 0; c < nClasses; c++) {
        const logit = logits[at + c]!;
        if (logit > highest) [highest, best] = [logit, c];
      }
      const own = logits[at + truth]! - highest;
      let total = 0;
      for (let c = 0; c < nClasses; c++) {
        const e = expOfNegative(logits[at + c]! - highest);
        logits[at + c] = e;
        total += e;
      }
      const scale = share / total;
      for (let c = 0; c < nClasses; c++) logits[at + c]! *= scale;
      logits[at + truth]! -= share;
      sums.loss[head]! += Math.log(total) - own;
      if (best === truth) sums.correct[head]! += 1;
    }
  }
  return sums;
}
