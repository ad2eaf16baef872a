// Probabilities of scores, and the largest ones before or after an edit.

/** Turn scores into probabilities, in float64. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]!);
  const out = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const total = out.reduce((sum, x) => sum + x, 0);
  return out.map((x) => x / total);
}

/** List the entries that are among the `count` largest before or after, largest first. */
export function largestOfBoth(before: Float64Array, after: Float64Array, count: number): number[] {
  const top = (values: Float64Array): number[] => largest(values, count);
  const either = (i: number): number => Math.max(before[i]!, after[i]!);
  return [...new Set([...top(before), ...top(after)])].sort(
    (a, b) => either(b) - either(a) || a - b,
  );
}

/** The largest entries, without sorting all of a vocabulary. */
function largest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && !(values[i]! > values[best[count - 1]!]!)) continue;
    const at = best.findIndex((each) => values[i]! > values[each]!);
    best.splice(at < 0 ? best.length : at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
