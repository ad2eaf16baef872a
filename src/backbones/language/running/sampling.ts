// Choosing the next token from its logits.
import { UserError } from '../../../base/errors.ts';
import type { Random } from '../../../base/random.ts';
import type { GenerateOptions } from '../types.ts';

type SamplingOptions = Pick<GenerateOptions, 'temperature' | 'topK' | 'topP'>;

/** Throw a UserError for options that mean nothing. */
export function checkSampling({ temperature = 1, topK, topP }: SamplingOptions): void {
  if (!(Number.isFinite(temperature) && temperature >= 0))
    throw new UserError(`invalid temperature: ${temperature}`, { hint: 'expected 0 or more' });
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0))
    throw new UserError(`invalid topK: ${topK}`, { hint: 'expected a whole number above 0' });
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new UserError(`invalid topP: ${topP}`, { hint: 'expected a number above 0, up to 1' });
}

/**
 * Draw a token with probability `softmax(logits / temperature)`, among the `topK` largest and then among the largest
 * that together reach `topP`; temperature 0 takes the first of the largest.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature = 1, topK, topP }: SamplingOptions,
  random: Random,
): number {
  if (temperature === 0) return largest(logits);
  const top = logits[largest(logits)]!;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  let candidates = Uint32Array.from(weights.keys());
  if (topK !== undefined || topP !== undefined) {
    candidates.sort((a, b) => weights[b]! - weights[a]! || a - b);
    // Equals of the last one that counts stay, as in TransformerLens.
    if (topK !== undefined && topK < candidates.length) {
      const limit = weights[candidates[topK - 1]!]!;
      candidates = candidates.filter((token) => weights[token]! >= limit);
    }
    if (topP !== undefined)
      candidates = candidates.subarray(0, countUpTo(topP, candidates, weights));
  }
  let total = 0;
  for (const token of candidates) total += weights[token]!;
  let left = random.float() * total;
  for (const token of candidates) {
    left -= weights[token]!;
    if (left < 0) return token;
  }
  return candidates.at(-1)!;
}

/** How many of the sorted candidates it takes until those before have more than `share` of the weight. */
function countUpTo(share: number, sorted: Uint32Array, weights: Float64Array): number {
  let total = 0;
  for (const token of sorted) total += weights[token]!;
  let before = 0;
  let count = 0;
  while (count < sorted.length && before <= share * total) before += weights[sorted[count++]!]!;
  return count;
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
