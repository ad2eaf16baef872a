// A latent's values in equal bins and in bands, from its sketch.
import type { LogSketches } from './log-sketch.ts';

/** Where counts come from: a sketch's buckets. */
type Buckets = ReturnType<LogSketches['buckets']>;

/**
 * Spread the counts of buckets over bins with these ascending edges, evenly within each bucket; values beyond the edges
 * go to the first and the last bin. Whole numbers that add up to the number of values.
 */
export function rebin(buckets: Buckets, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  let spread = 0;
  let whole = 0;
  const give = (amount: number, to: number): void => {
    spread += amount;
    // The rounded running total, so that nothing is lost to rounding.
    const rounded = Math.round(spread);
    counts[to]! += rounded - whole;
    whole = rounded;
  };
  for (const { low, high, count } of buckets) {
    let from = low;
    while (bin < counts.length - 1 && edges[bin + 1]! <= from) bin++;
    for (let to = bin; from < high; to++) {
      const end = to >= counts.length - 1 ? high : Math.min(high, edges[to + 1]!);
      give((count * (end - from)) / (high - low), Math.min(to, counts.length - 1));
      from = Math.max(from, end);
    }
  }
  return counts;
}

/** Bins of a latent's histogram of values. */
export const VALUE_BINS = 50;

/**
 * Count a latent's values in {@link VALUE_BINS} equal bins from `low`, its smallest, to `max`. From buckets of 1/64
 * octave: counts are right to about one such bucket at the edges of a bin. All 0 for one that never fired.
 */
export function valueCounts(buckets: Buckets, max: number): { low: number; counts: number[] } {
  const low = Math.min(buckets[0]?.low ?? 0, max);
  const width = (max - low) / VALUE_BINS;
  const edges = Array.from({ length: VALUE_BINS + 1 }, (_, i) => low + i * width);
  return { low, counts: rebin(buckets, edges) };
}

/** Counts of a latent's values in `bands` bands of equal width from 0 to `max`, highest first. */
export function bandCounts(buckets: Buckets, max: number, bands: number): number[] {
  const edges = Array.from({ length: bands + 1 }, (_, i) => (max * i) / bands);
  return rebin(buckets, edges).reverse();
}
