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
  let [low, high] = [LOW, HIGH];
  for (const values of all)
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  const before = Math.ceil((LOW - low) / WIDTH);
  const behind = Math.ceil((high - HIGH) / WIDTH);
  return { low: LOW - before * WIDTH, count: BINS + before + behind };
}

/** The edge `i` of bins. */
export function edgeOf({ low }: Bins, i: number): number {
  return low + i * WIDTH;
}

/** Count values in bins; the last holds its upper edge, as in NumPy. What is no finite number is not counted. */
export function countIn(bins: Bins, values: Float32Array): number[] {
  const counts = new Array<number>(bins.count).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const at = Math.floor((value - bins.low) / WIDTH);
    counts[Math.max(0, Math.min(bins.count - 1, at))]!++;
  }
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
