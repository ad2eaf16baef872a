// Histograms as TensorBoard draws them: counts between limits that grow by a tenth from one to the next.
// tensorflow/core/lib/histogram/histogram.cc

/** Counts of numbers in the intervals between limits. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Upper end of each interval, ascending. */
  readonly limits: readonly number[];
  /** Numbers in each interval, its lower end among them; the first one is empty and tells where the second begins. */
  readonly counts: readonly number[];
}

/** Limits of all intervals: 0, ±1e-12, and a tenth more each time up to 1e20. */
const LIMITS = allLimits();

/** Count numbers; those that are not finite are left out. Undefined without any. */
export function histogramOf(values: ArrayLike<number>): Histogram | undefined {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  const counts = new Float64Array(LIMITS.length - 1);
  let [sum, sumSquares] = [0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of finite) {
    counts[intervalOf(value)]!++;
    sum += value;
    sumSquares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const start = counts.findIndex((n) => n > 0);
  const end = counts.findLastIndex((n) => n > 0) + 1;
  return {
    ...{ min, max, num: finite.length, sum, sumSquares },
    limits: [...LIMITS.subarray(start, end + 1)],
    counts: [0, ...counts.subarray(start, end)],
  };
}

function allLimits(): Float64Array {
  const above: number[] = [];
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) above.push(limit);
  return Float64Array.from([...above.map((limit) => -limit).reverse(), 0, ...above]);
}

/** The interval that a number is in; those beyond the limits count in the outermost. */
function intervalOf(value: number): number {
  let low = 0;
  let high = LIMITS.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (LIMITS[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
