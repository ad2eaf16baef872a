// The loss that draws L0 towards a target: what one more code above 0 adds to it, for all implementations.
import type { L0Target } from './types.ts';

/** Give a batch's loss, for `counts [rows]` of codes above 0. */
export function l0TargetLoss({ weight, target, of }: L0Target, counts: ArrayLike<number>): number {
  const all = Array.from(counts);
  if (of === 'batch') return weight * (meanOf(all) / target - 1) ** 2;
  return weight * meanOf(all.map((count) => (2 / target) * (count - target) ** 2));
}

/** What one more code above 0 in a row with `count` of them adds to the loss of `rows` rows, of a mean L0 of `mean`. */
export function l0TargetSlope(
  { weight, target, of }: L0Target,
  { count, mean, rows }: { readonly count: number; readonly mean: number; readonly rows: number },
): number {
  const slope =
    of === 'batch' ? (2 / target) * (mean / target - 1) : (4 / target) * (count - target);
  return (weight * slope) / rows;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
