// What a segmentation head sees in patches: the class with the largest score, class 0 left out.
import { openArrayGemm } from '../../../compute/products/open.ts';
import type { LinearHead } from '../../probes/linear-head.ts';

/** Predicts the class of each of `rows [patches, dIn]`, 1 … nClasses − 1; the smallest of equals. */
export type Predictor = (rows: Float32Array) => Promise<Int32Array>;

/** Make a predictor of a head. */
export async function openPredictor(head: LinearHead): Promise<Predictor> {
  const gemm = await openArrayGemm();
  const { dIn, nClasses, weight, bias } = head;
  const right = { data: weight, stride: dIn, transposed: true };
  return async (rows) => {
    const n = rows.length / dIn;
    const logits = new Float32Array(n * nClasses);
    const out = { data: logits, stride: nClasses };
    await gemm([n, nClasses, dIn], { data: rows, stride: dIn }, right, out);
    return Int32Array.from({ length: n }, (_, row) => {
      let best = 1;
      for (let c = 2; c < nClasses; c++) {
        const [score, most] = [logits[row * nClasses + c]!, logits[row * nClasses + best]!];
        if (score + bias[c]! > most + bias[best]!) best = c;
      }
      return best;
    });
  };
}
