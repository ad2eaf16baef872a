// Heads that learn together, whatever they read: what the two kinds of stacks have in common.
import { adamwStep, type HeadRates, type Moments, withMoments } from './adamw.ts';
import type { HeadSums } from './cross-entropy.ts';
import type { Features } from './features.ts';
import type { LinearHead } from './linear-head.ts';

/** Several heads on the same rows: each step moves all of them, each by its own gradient. */
export interface HeadLearner {
  /** Steps made. */
  steps: number;
  /** Learn from rows of the given classes; answers with their loss before the step. */
  step(features: Features, classes: Int32Array): Promise<HeadSums>;
  /** The heads as they are now. */
  heads(): LinearHead[];
  /** Parameters and moments by name: the arrays themselves, to be saved, or set to what was. */
  tensors(): ReadonlyMap<string, Float32Array>;
}

/** The shape of a stack. */
export interface StackShape {
  readonly nHeads: number;
  readonly nClasses: number;
  readonly dIn: number;
}

/** Name the arrays of moments. */
export function namedMoments(name: string, moments: Moments): [string, Float32Array][] {
  return [
    [name, moments.values],
    [`${name}.first`, moments.first],
    [`${name}.second`, moments.second],
  ];
}

/** Biases of a stack, `[heads · classes]`, under one another. */
export function stackedBias(heads: readonly LinearHead[], nClasses: number): Moments {
  const bias = new Float32Array(heads.length * nClasses);
  heads.forEach((head, i) => {
    bias.set(head.bias, i * nClasses);
  });
  return withMoments(bias);
}

/** Move the biases by the sums of the columns of `gradients [rows, heads · classes]`. */
export function stepBias(
  bias: Moments,
  gradients: Float32Array,
  { nClasses, rates, step }: { nClasses: number; rates: readonly HeadRates[]; step: number },
): void {
  const width = bias.values.length;
  const sums = new Float64Array(width);
  for (let row = 0; row < gradients.length; row += width) {
    for (let i = 0; i < width; i++) sums[i]! += gradients[row + i]!;
  }
  const gradient = Float32Array.from(sums);
  rates.forEach((rate, head) => {
    const start = head * nClasses;
    adamwStep(bias, gradient, rate, { step, start, end: start + nClasses });
  });
}

/** Cut the biases of a stack into those of its heads. */
export function biasOf(bias: Moments, head: number, nClasses: number): Float32Array {
  return bias.values.slice(head * nClasses, (head + 1) * nClasses);
}
