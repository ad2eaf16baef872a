// Bins of code values. Average precision, thresholds and probes are all read from counts in bins, so that nothing but
// counts is kept of millions of rows.

/** Sorts positive values of each slot (a latent, or one of a choice of them) into bins, the last one the largest. */
export interface Bins {
  readonly nBins: number;
  /** Place a value: its bin, or −1 where it does not count as firing. `lift` hears when bins have to move first. */
  place(slot: number, value: number, lift: (slot: number, by: number) => void): number;
  /** Smallest value of a bin: a latent says yes from here on. 0 where it says yes to all that fires. */
  edge(slot: number, bin: number): number;
}

/** Powers of two between the largest value of a slot and the lowest bin, which takes all that is smaller. */
const OCTAVES = 8;
const MANTISSA_BITS = 23;

/**
 * Make bins of equal width in the logarithm, `nBins` (a power of two, at least 8) to the eight powers of two below the
 * largest value of each slot. A larger value lifts the bins of its slot: what falls off the lower end stays in the lowest bin,
 * so that the counts in the end do not depend on the order of the rows.
 */
export function logBins(nSlots: number, nBins: number): Bins {
  const shift = MANTISSA_BITS - Math.log2(nBins / OCTAVES);
  if (nBins < OCTAVES || !Number.isInteger(shift)) {
    throw new RangeError(`bins: expected a power of two from ${OCTAVES} on, got ${nBins}`);
  }
  // The bits of positive floats are in the order of the floats, and nearly their logarithms.
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const tops = new Int32Array(nSlots).fill(-1);
  return {
    nBins,
    place(slot, value, lift) {
      if (!(value > 0)) return -1;
      float[0] = value;
      const step = bits[0]! >>> shift;
      const top = tops[slot]!;
      if (step > top) {
        if (top >= 0) lift(slot, step - top);
        tops[slot] = step;
        return nBins - 1;
      }
      return Math.max(0, step - top + nBins - 1);
    },
    edge(slot, bin) {
      if (bin === 0) return 0;
      bits[0] = Math.max(0, tops[slot]! - (nBins - 1) + bin) << shift;
      return float[0]!;
    },
  };
}

/** Largest number of bins of a pair. */
const MOST_BINS = 256;
/** Bytes of the counts of all pairs. */
const COUNT_BYTES = 2 ** 30;

/** Choose as many bins as counts of `nPairs` have room for in a gigabyte: 64 for 24,576 latents and 150 concepts. */
export function binsFor(nPairs: number): number {
  const fitting = 2 ** Math.floor(Math.log2(COUNT_BYTES / (4 * Math.max(1, nPairs))));
  return Math.min(MOST_BINS, Math.max(OCTAVES, fitting));
}

/** Make bins that begin above given shares of each latent's maximum, as the demo tries them. */
export function shareBins(maxima: Float32Array, shares: readonly number[]): Bins {
  return {
    nBins: shares.length,
    place(slot, value) {
      let bin = -1;
      while (bin + 1 < shares.length && value > shares[bin + 1]! * maxima[slot]!) bin++;
      return bin;
    },
    edge: (slot, bin) => shares[bin]! * maxima[slot]!,
  };
}
