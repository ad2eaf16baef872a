// How far the predictions of a changed model are from those of the model as it is.
import type { Tensor } from '../../../backbones/types.ts';
import { expOfNegative } from '../../probes/fast-exp.ts';

/** Predictions `[batch, positions, dVocab]` as logarithms of probabilities: `logits − logSums` of each position. */
export interface Predictions {
  readonly logits: Float32Array;
  readonly dVocab: number;
  /** `[batch · positions]` */
  readonly logSums: Float64Array;
}

/** Normalise logits `[batch, positions, dVocab]`. */
export function predictionsOf({ data, shape }: Tensor): Predictions {
  const dVocab = shape.at(-1)!;
  const logSums = new Float64Array(data.length / dVocab);
  for (let p = 0; p < logSums.length; p++) {
    const row = data.subarray(p * dVocab, (p + 1) * dVocab);
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < dVocab; i++) if (row[i]! > largest) largest = row[i]!;
    let sum = 0;
    for (let i = 0; i < dVocab; i++) sum += expOfNegative(row[i]! - largest);
    logSums[p] = largest + Math.log(sum);
  }
  return { logits: data, dVocab, logSums };
}

/**
 * `KL(p ‖ q)` in nats at each position. Where probabilities are too small for a float32 the original, which takes their
 * logarithms, gives no number.
 */
export function divergences(p: Predictions, q: Predictions): Float64Array {
  const { dVocab } = p;
  return p.logSums.map((logSum, position) => {
    const other = q.logSums[position]!;
    let sum = 0;
    for (let at = position * dVocab; at < (position + 1) * dVocab; at++) {
      const log = p.logits[at]! - logSum;
      sum += expOfNegative(log) * (log - (q.logits[at]! - other));
    }
    return sum;
  });
}
