// AdamW as torch has it: moments of 0.9 and 0.999, ε of 1e-8 outside the root, decay apart from the gradient.

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** How a head learns. */
export interface HeadRates {
  readonly learningRate: number;
  /** Share of each weight, and of each bias, taken off at every step, times the learning rate. */
  readonly weightDecay: number;
}

/** Parameters and the moments of their gradients, all of one length. */
export interface Moments {
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Parameters that have not learnt yet. */
export function withMoments(values: Float32Array): Moments {
  const { length } = values;
  return { values, first: new Float32Array(length), second: new Float32Array(length) };
}

/** Make step number `step` (from 1) on the elements from `start` to `end`; `gradient` has the same places. */
export function adamwStep(
  { values, first, second }: Moments,
  gradient: Float32Array,
  rates: HeadRates,
  { step, start, end }: { readonly step: number; readonly start: number; readonly end: number },
): void {
  const { learningRate, weightDecay } = rates;
  const kept = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - BETA1 ** step);
  const perRoot = 1 / Math.sqrt(1 - BETA2 ** step);
  for (let i = start; i < end; i++) {
    const g = gradient[i]!;
    const m = first[i]! + (g - first[i]!) * (1 - BETA1);
    const v = second[i]! * BETA2 + g * g * (1 - BETA2);
    first[i] = m;
    second[i] = v;
    values[i] = values[i]! * kept - (stepSize * m) / (Math.sqrt(v) * perRoot + EPSILON);
  }
}
