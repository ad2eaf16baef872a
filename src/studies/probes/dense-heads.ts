// Heads on dense rows: one product for the logits of all of them, one for their gradients.
import { openArrayGemm } from '../../compute/products/open.ts';
import { adamwStep, type HeadRates, withMoments } from './adamw.ts';
import { addSums, type HeadSums, lossGradients, noSums } from './cross-entropy.ts';
import type { DenseRows, Features } from './features.ts';
import {
  biasOf,
  type HeadLearner,
  namedMoments,
  type StackShape,
  stackedBias,
  stepBias,
} from './head-learner.ts';
import type { LinearHead } from './linear-head.ts';

/** Rows of the batch, and rows of the stacked weights, that one product covers: the same on every machine. */
const BLOCK = 256;

/** The heads' products: `[rows, dIn] → [rows, heads · classes]`, and gradients back. */
export interface DenseStack {
  /** `[heads · classes, dIn]` */
  readonly weight: Float32Array;
  /** Logits `[rows, heads · classes]` without biases of `values [rows, dIn]`; `done` is told of each block of them. */
  logits(
    values: Float32Array,
    done?: (block: Float32Array, firstRow: number) => void,
  ): Promise<Float32Array>;
  /** `gradientsᵀ · values` into `out`, block by block; `done` is told of each. */
  weightGradient(
    gradients: Float32Array,
    values: Float32Array,
    out: Float32Array,
    done: (start: number, end: number) => void,
  ): Promise<void>;
}

/** Put the weights of heads under one another. */
export async function openDenseStack(
  heads: readonly LinearHead[],
  { nHeads, nClasses, dIn }: StackShape,
): Promise<DenseStack> {
  const gemm = await openArrayGemm();
  const width = nHeads * nClasses;
  const weight = new Float32Array(width * dIn);
  heads.forEach((head, i) => {
    weight.set(head.weight, i * nClasses * dIn);
  });
  return {
    weight,
    async logits(values, done) {
      const right = { data: weight, stride: dIn, transposed: true };
      const logits = new Float32Array((values.length / dIn) * width);
      await Promise.all(
        blocksOf(values.length / dIn).map(async ([start, end]) => {
          const left = { data: values.subarray(start * dIn, end * dIn), stride: dIn };
          const block = logits.subarray(start * width, end * width);
          await gemm([end - start, width, dIn], left, right, { data: block, stride: width });
          done?.(block, start);
        }),
      );
      return logits;
    },
    async weightGradient(gradients, values, out, done) {
      const right = { data: values, stride: dIn };
      const rows = values.length / dIn;
      await Promise.all(
        blocksOf(width).map(async ([start, end]) => {
          const left = { data: gradients.subarray(start), stride: width, transposed: true };
          const block = out.subarray(start * dIn, end * dIn);
          await gemm([end - start, dIn, rows], left, right, { data: block, stride: dIn });
          done(start, end);
        }),
      );
    },
  };
}

/** Set heads to learn from dense rows. */
export async function denseLearner(
  heads: readonly LinearHead[],
  rates: readonly HeadRates[],
): Promise<HeadLearner> {
  const { dIn, nClasses } = heads[0]!;
  const shape = { nHeads: heads.length, nClasses, dIn };
  const stack = await openDenseStack(heads, shape);
  const width = shape.nHeads * nClasses;
  const weight = withMoments(stack.weight);
  const bias = stackedBias(heads, nClasses);
  const gradient = new Float32Array(weight.values.length);

  const learner: HeadLearner = {
    steps: 0,
    async step(features: Features, classes) {
      const { values } = features as DenseRows;
      const nRows = classes.length;
      const sums = new Map<number, HeadSums>();
      const gradients = await stack.logits(values, (logits, first) => {
        const rows = logits.length / width;
        addBias(logits, bias.values);
        const own = classes.subarray(first, first + rows);
        sums.set(first, lossGradients(logits, own, { ...shape, nRows }));
      });
      const step = ++learner.steps;
      await stack.weightGradient(gradients, values, gradient, (start, end) => {
        for (let row = start; row < end; ) {
          const head = Math.floor(row / nClasses);
          const next = Math.min(end, (head + 1) * nClasses);
          const range = { step, start: row * dIn, end: next * dIn };
          adamwStep(weight, gradient, rates[head]!, range);
          row = next;
        }
      });
      stepBias(bias, gradients, { nClasses, rates, step });
      return inOrder(sums, shape.nHeads);
    },
    heads: () =>
      heads.map((_, i) => ({
        dIn,
        nClasses,
        weight: weight.values.slice(i * nClasses * dIn, (i + 1) * nClasses * dIn),
        bias: biasOf(bias, i, nClasses),
      })),
    tensors: () => new Map([...namedMoments('weight', weight), ...namedMoments('bias', bias)]),
  };
  return learner;
}

/** Add a row to every row. */
export function addBias(logits: Float32Array, bias: Float32Array): void {
  const width = bias.length;
  for (let row = 0; row < logits.length; row += width) {
    for (let i = 0; i < width; i++) logits[row + i]! += bias[i]!;
  }
}

/** Blocks are done in any order, and summed in theirs. */
function inOrder(sums: ReadonlyMap<number, HeadSums>, nHeads: number): HeadSums {
  const total = noSums(nHeads);
  for (const [, block] of [...sums].sort(([a], [b]) => a - b)) addSums(total, block);
  return total;
}

function blocksOf(length: number): [start: number, end: number][] {
  const blocks: [number, number][] = [];
  for (let start = 0; start < length; start += BLOCK) {
    blocks.push([start, Math.min(length, start + BLOCK)]);
  }
  return blocks;
}
