// Histograms as wandb.Histogram makes them: 64 bins of one width, as numpy.histogram counts.
import type { ItemTable } from './items.ts';

const BINS = 64;

/** Count numbers in bins from the least to the greatest; those that are not finite are left out. Undefined without any. */
export function wandbHistogram(values: ArrayLike<number>): ItemTable | undefined {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of finite) {
    first = Math.min(first, value);
    last = Math.max(last, value);
  }
  if (first === last) [first, last] = [first - 0.5, last + 0.5];
  const width = (last - first) / BINS;
  const edges = Array.from({ length: BINS + 1 }, (_, i) => (i === BINS ? last : first + i * width));
  const counts = new Array<number>(BINS).fill(0);
  for (const value of finite) {
    // The edges decide, where rounding would put a value beside them.
    let bin = Math.min(BINS - 1, Math.floor(((value - first) / (last - first)) * BINS));
    if (value < edges[bin]!) bin--;
    else if (bin < BINS - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { _type: 'histogram', values: counts, bins: edges };
}
