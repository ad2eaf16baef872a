// How the logarithms of all latents are spread: the bins of Python's saev, which are as many as are needed to hold all.

/** Edges of Python's bins: `np.linspace(-6, 1, 100)`. */
const LOW = -6;
const HIGH = 1;
const BINS = 99;
const WIDTH = (HIGH - LOW) / BINS;

/** Bins of one width for several runs. */
export interface Bins {
  readonly low: number;
  readonly count: number;
}

/** Python's bins, with more at either end where values lie beyond. */
export function binsFor(all: readonly Float32Array[]): Bins {
  const ends = all.flatMap((values) => [...extentOf(values)]);
  const [low, high] = [Math.min(LOW, ...ends), Math.max(HIGH, ...ends)];
  const before = Math.ceil((LOW - low) / WIDTH);
  const behind = Math.ceil((high - HIGH) / WIDTH);
  return { low: LOW - before * WIDTH, count: BINS + before + behind };
}

const extents = new WeakMap<Float32Array, readonly number[]>();

/** The least and the largest of what is finite, found once; nothing where nothing is. */
export function extentOf(values: Float32Array): readonly number[] {
  let extent = extents.get(values);
  if (extent === undefined) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    extent = low > high ? [] : [low, high];
    extents.set(values, extent);
  }
  return extent;
}

/** The edge `i` of bins. */
export function edgeOf({ low }: Bins, i: number): number {
  return low + i * WIDTH;
}

const counted = new WeakMap<Float32Array, { readonly bins: Bins; readonly counts: number[] }>();

/**
 * Count values in bins, once for the same ones; the last bin holds its upper edge, as in NumPy. What is no finite number is
 * not counted.
 */
export function countIn(bins: Bins, values: Float32Array): readonly number[] {
  const before = counted.get(values);
  if (before?.bins.low === bins.low && before.bins.count === bins.count) return before.counts;
  const counts = new Array<number>(bins.count).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const at = Math.floor((value - bins.low) / WIDTH);
    counts[Math.max(0, Math.min(bins.count - 1, at))]!++;
  }
  counted.set(values, { bins, counts });
  return counts;
}

/** Which latents lie inside limits of frequency and value, how many do not, and how many have no place at all. */
export function countInside(
  { frequency, value }: { readonly frequency: Float32Array; readonly value: Float32Array },
  limits: {
    readonly frequency: readonly [number, number] | undefined;
    readonly value: readonly [number, number] | undefined;
  },
): { inside: Uint8Array; nInside: number; nOutside: number; nUnplaced: number } {
  const inside = new Uint8Array(frequency.length);
  const [lowX, highX] = limits.frequency ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [lowY, highY] = limits.value ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [nInside, nOutside, nUnplaced] = [0, 0, 0];
  for (let i = 0; i < frequency.length; i++) {
    const [x, y] = [frequency[i]!, value[i]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) nUnplaced++;
    else if (x >= lowX && x <= highX && y >= lowY && y <= highY) {
      inside[i] = 1;
      nInside++;
    } else nOutside++;
  }
  return { inside, nInside, nOutside, nUnplaced };
}
