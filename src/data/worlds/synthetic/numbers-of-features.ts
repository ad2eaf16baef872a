// One number for each feature: how often it fires, and how strongly. After SAELens' firing_probabilities.py and
// firing_magnitudes.py, with the random numbers of PyTorch that it draws.
import { torchRandom } from '../../../base/python-random/torch-random.ts';
import type { FiringLaw, MagnitudeLaw } from './law.ts';

/** Compute how often each feature fires, `[n]`, before anything is made up for the silence of parents. */
export function firingProbabilities(law: FiringLaw, n: number, seed: number): Float32Array {
  if (law.kind === 'constant') return new Float32Array(n).fill(law.probability);
  const { min, max } = law;
  if (law.kind === 'zipfian') return zipfian(law, n);
  if (law.kind === 'linear') return steps(max, min, n);
  return torchRandom(seed)
    .uniform(n)
    .map((u) => min + (max - min) * u);
}

/** `1 / rank^exponent`, stretched to reach from the most to the least probability. */
function zipfian(
  { exponent, max, min }: { readonly exponent: number; readonly max: number; readonly min: number },
  n: number,
): Float32Array {
  const last = n === 1 ? 0 : n ** -exponent;
  return Float32Array.from({ length: n }, (_, i) => {
    return min + ((max - min) * ((i + 1) ** -exponent - last)) / (1 - last);
  });
}

/** Compute the mean magnitudes of features or their spreads, `[n]`. */
export function magnitudes(law: MagnitudeLaw, n: number, seed: number): Float32Array {
  if (law.kind === 'constant') return new Float32Array(n).fill(law.value);
  if (law.kind === 'folded-normal') {
    const { mean, std, min = 0, max = Number.POSITIVE_INFINITY } = law;
    return torchRandom(seed)
      .normal(n)
      .map((x) => Math.min(max, Math.max(min, Math.abs(mean + x * std))));
  }
  const { start, end } = law;
  if (law.kind === 'linear') return steps(start, end, n);
  return Float32Array.from({ length: n }, (_, i) => start * (end / start) ** (i / (n - 1 || 1)));
}

/** Numbers from `first` to `last`, equally far apart. */
function steps(first: number, last: number, n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => first + ((last - first) * i) / (n - 1 || 1));
}
