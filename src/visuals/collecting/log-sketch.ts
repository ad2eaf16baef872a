// Counts of positive numbers in buckets of equal relative width: quantiles and histograms in little memory.
// A fixed-layout form of DDSketch (Masson, Rim and Lee, 2019), with the float's own bits as the logarithm.

/** Mantissa bits that name a bucket: 64 buckets an octave. */
const MANTISSA_BITS = 6;
const SHIFT = 23 - MANTISSA_BITS;
const OCTAVE = 2 ** MANTISSA_BITS;

/** Largest relative error of a value that a sketch gives back: half a bucket, `1 / 128`. */
export const SKETCH_ERROR: number = 1 / (2 * OCTAVE);

/** One sketch a latent; each holds only the octaves that its latent reached (256 bytes an octave). */
export interface LogSketches {
  /** Count one finite value > 0 of `latent`. */
  add(latent: number, value: number): void;
  /**
   * The `q` quantile (0 to 1) of a latent's values together with `zeros` zeros, interpolated between neighbours
   * as numpy's `percentile` does. Off by at most `SKETCH_ERROR`, relative. 0 when there is no value at all.
   */
  quantile(latent: number, q: number, zeros: number): number;
  /**
   * Add the latent's counts to bins with these ascending edges of `log10 value`; `into` has `edges.length − 1` bins.
   * Values beyond the edges go to the first and the last bin.
   */
  histogram(latent: number, edges: ArrayLike<number>, into: Uint32Array): void;
  /** The latent's counts, ascending: `count` values from `low` on, below `high`. */
  buckets(latent: number): { low: number; high: number; count: number }[];
  /**
   * From the value that the fraction `trim` of all latents' values stays below, to the largest value of all, as
   * middles of buckets; undefined while everything is empty.
   */
  range(trim: number): { low: number; high: number } | undefined;
  /** Bytes held by all buckets. */
  byteLength(): number;
}

/** Create `size` empty sketches. */
export function createLogSketches(size: number): LogSketches {
  const first = new Int32Array(size);
  const bins: (Uint32Array | undefined)[] = new Array(size);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);

  const bucketOf = (value: number): number => {
    float[0] = value;
    return bits[0]! >>> SHIFT;
  };
  const edgeOf = (bucket: number): number => {
    bits[0] = bucket << SHIFT;
    return float[0]!;
  };
  const middleOf = (bucket: number): number => (edgeOf(bucket) + edgeOf(bucket + 1)) / 2;

  const grow = (latent: number, bucket: number): Uint32Array => {
    const old = bins[latent];
    const low = Math.floor(bucket / OCTAVE) * OCTAVE;
    const start = old === undefined ? low : Math.min(first[latent]!, low);
    const end =
      old === undefined ? low + OCTAVE : Math.max(first[latent]! + old.length, low + OCTAVE);
    const grown = new Uint32Array(end - start);
    if (old !== undefined) grown.set(old, first[latent]! - start);
    first[latent] = start;
    bins[latent] = grown;
    return grown;
  };

  /** The value at `rank` (from 0) among the latent's values in ascending order. */
  const valueAt = (latent: number, rank: number): number => {
    const counts = bins[latent]!;
    let seen = 0;
    let last = 0;
    for (let b = 0; b < counts.length; b++) {
      if (counts[b] === 0) continue;
      last = b;
      seen += counts[b]!;
      if (seen > rank) break;
    }
    return middleOf(first[latent]! + last);
  };

  return {
    add(latent, value) {
      const bucket = bucketOf(value);
      let counts = bins[latent];
      let at = bucket - first[latent]!;
      if (counts === undefined || at < 0 || at >= counts.length) {
        counts = grow(latent, bucket);
        at = bucket - first[latent]!;
      }
      counts[at]!++;
    },
    quantile(latent, q, zeros) {
      let n = zeros;
      for (const count of bins[latent] ?? []) n += count;
      if (n === 0) return 0;
      const position = q * (n - 1);
      const below = Math.floor(position);
      const order = (rank: number): number => (rank < zeros ? 0 : valueAt(latent, rank - zeros));
      const low = order(below);
      return position === below ? low : low + (position - below) * (order(below + 1) - low);
    },
    histogram(latent, edges, into) {
      const counts = bins[latent];
      if (counts === undefined) return;
      let bin = 0;
      for (let b = 0; b < counts.length; b++) {
        if (counts[b] === 0) continue;
        const value = Math.log10(middleOf(first[latent]! + b));
        while (bin < into.length - 1 && value >= edges[bin + 1]!) bin++;
        into[bin]! += counts[b]!;
      }
    },
    buckets(latent) {
      return Array.from(bins[latent] ?? [], (count, b) => ({
        low: edgeOf(first[latent]! + b),
        high: edgeOf(first[latent]! + b + 1),
        count,
      })).filter(({ count }) => count > 0);
    },
    range(trim) {
      const totals = new Float64Array(2 ** (31 - SHIFT));
      let n = 0;
      for (let latent = 0; latent < size; latent++) {
        bins[latent]?.forEach((count, b) => {
          totals[first[latent]! + b]! += count;
          n += count;
        });
      }
      if (n === 0) return undefined;
      let below = 0;
      const low = totals.findIndex((count) => {
        below += count;
        return below > trim * n;
      });
      const high = totals.findLastIndex((count) => count > 0);
      return { low: middleOf(low), high: middleOf(high) };
    },
    byteLength() {
      let total = 0;
      for (const counts of bins) total += counts?.byteLength ?? 0;
      return total;
    },
  };
}
