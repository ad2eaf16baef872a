// Heads on sparse rows: only latents that fire are multiplied and get gradients.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { adamwStep, type HeadRates, withMoments } from './adamw.ts';
import { lossGradients } from './cross-entropy.ts';
import { addBias } from './dense-heads.ts';
import type { Features } from './features.ts';
import {
  biasOf,
  type HeadLearner,
  namedMoments,
  type StackShape,
  stackedBias,
  stepBias,
} from './head-learner.ts';
import type { LinearHead } from './linear-head.ts';

/** Put the weights of heads beside one another, `[dIn, heads · classes]`: a latent reads one run of them. */
export function sparseStack(
  heads: readonly LinearHead[],
  { nHeads, nClasses, dIn }: StackShape,
): Float32Array {
  const width = nHeads * nClasses;
  const weight = new Float32Array(dIn * width);
  heads.forEach((head, i) => {
    for (let c = 0; c < nClasses; c++) {
      const column = i * nClasses + c;
      for (let at = 0; at < dIn; at++) weight[at * width + column] = head.weight[c * dIn + at]!;
    }
  });
  return weight;
}

/** Logits without biases, `[rows, heads · classes]`, of rows under stacked weights. */
export function sparseLogits(
  { rowStart, index, value }: SparseRows,
  weight: Float32Array,
  width: number,
): Float32Array {
  const logits = new Float32Array((rowStart.length - 1) * width);
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const to = row * width;
    for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
      const [from, v] = [index[p]! * width, value[p]!];
      for (let i = 0; i < width; i++) logits[to + i]! += v * weight[from + i]!;
    }
  }
  return logits;
}

/**
 * Set heads to learn from sparse rows. `mask`, `[dIn, classes]`, is 0 where a class may not read a latent: weights there
 * stay as they are.
 */
export function sparseLearner(
  heads: readonly LinearHead[],
  rates: readonly HeadRates[],
  mask?: Uint8Array,
): HeadLearner {
  const { dIn, nClasses } = heads[0]!;
  const shape = { nHeads: heads.length, nClasses, dIn };
  const width = shape.nHeads * nClasses;
  const weight = withMoments(sparseStack(heads, shape));
  const bias = stackedBias(heads, nClasses);
  const gradient = new Float32Array(weight.values.length);

  /** Add what each entry says to the gradients of its latent. */
  const addGradient = ({ rowStart, index, value }: SparseRows, gradients: Float32Array): void => {
    for (let row = 0; row + 1 < rowStart.length; row++) {
      const from = row * width;
      for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
        const [to, v] = [index[p]! * width, value[p]!];
        for (let i = 0; i < width; i++) gradient[to + i]! += v * gradients[from + i]!;
      }
    }
  };
  const hide = (hidden: Uint8Array): void => {
    for (let at = 0; at < gradient.length; at++) {
      if (hidden[Math.floor(at / width) * nClasses + (at % nClasses)] === 0) gradient[at] = 0;
    }
  };

  const learner: HeadLearner = {
    steps: 0,
    async step(features: Features, classes) {
      const rows = features as SparseRows;
      const logits = sparseLogits(rows, weight.values, width);
      addBias(logits, bias.values);
      const sums = lossGradients(logits, classes, { ...shape, nRows: classes.length });
      gradient.fill(0);
      addGradient(rows, logits);
      if (mask !== undefined) hide(mask);
      const step = ++learner.steps;
      for (let start = 0; start < weight.values.length; start += nClasses) {
        const rate = rates[(start / nClasses) % shape.nHeads]!;
        adamwStep(weight, gradient, rate, { step, start, end: start + nClasses });
      }
      stepBias(bias, logits, { nClasses, rates, step });
      return sums;
    },
    heads: () =>
      heads.map((_, head) => {
        const own = new Float32Array(nClasses * dIn);
        for (let at = 0; at < dIn; at++) {
          for (let c = 0; c < nClasses; c++) {
            own[c * dIn + at] = weight.values[at * width + head * nClasses + c]!;
          }
        }
        return { dIn, nClasses, weight: own, bias: biasOf(bias, head, nClasses) };
      }),
    tensors: () => new Map([...namedMoments('weight', weight), ...namedMoments('bias', bias)]),
  };
  return learner;
}
