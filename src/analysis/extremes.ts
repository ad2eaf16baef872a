// The largest and smallest entries of a vector, and its histogram: what a table and a small figure show of it.

/** An entry of a vector. */
export interface Ranked {
  readonly index: number;
  readonly value: number;
}

/** Both ends of a vector; entries of equal value in the order of their indices. */
export interface Extremes {
  /** Largest first. */
  readonly top: readonly Ranked[];
  /** Smallest first. */
  readonly bottom: readonly Ranked[];
}

/** Counts of values in bins of equal width. */
export interface Histogram {
  readonly heights: readonly number[];
  /** Middle of each bin. */
  readonly centres: readonly number[];
}

/** Find the `k` largest and the `k` smallest entries; fewer where there are fewer. NaN counts as neither. */
export function extremes(values: ArrayLike<number>, k: number): Extremes {
  return { top: largest(values, k, 1), bottom: largest(values, k, -1) };
}

/** The `k` entries with the largest `sign · value`, best first. */
function largest(values: ArrayLike<number>, k: number, sign: 1 | -1): Ranked[] {
  const best: Ranked[] = [];
  if (k < 1) return best;
  let worst = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const key = sign * values[index]!;
    if (Number.isNaN(key) || (best.length === k && key <= worst)) continue;
    if (best.length === k) best.pop();
    let at = best.length;
    while (at > 0 && sign * best[at - 1]!.value < key) at--;
    best.splice(at, 0, { index, value: values[index]! });
    worst = sign * best.at(-1)!.value;
  }
  return best;
}

/**
 * Count finite values in `bins` equal bins from the smallest to the largest, as torch's `histc` does: a bin holds its
 * lower edge, the last one also its upper; where all values are equal, the bins reach one to either side.
 */
export function histogramOf(values: ArrayLike<number>, bins: number): Histogram {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high >= low)) return { heights: [], centres: [] };
  if (low === high) {
    low -= 1;
    high += 1;
  }
  const heights = new Float64Array(bins);
  const scale = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - low) * scale);
    heights[bin < bins ? bin : bins - 1]!++;
  }
  const width = (high - low) / bins;
  const centres = Array.from(heights, (_, bin) => low + (bin + 0.5) * width);
  return { heights: [...heights], centres };
}
