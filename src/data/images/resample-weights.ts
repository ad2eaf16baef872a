// How much each input pixel counts for each output pixel along one axis, as Pillow works it out
// (src/libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc).

/** A resampling filter, by its name in Pillow. */
export type Interpolation = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

interface Filter {
  /** Half the width of the filter, in pixels of the smaller image. */
  readonly support: number;
  readonly at: (x: number) => number;
}

const FILTERS: Record<Exclude<Interpolation, 'nearest'>, Filter> = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, at: hamming },
  bicubic: { support: 2, at: bicubic },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights of one axis for outputs `first … first + length − 1` of a resize from `inSize` to `outSize`. */
export interface AxisWeights {
  /** First input pixel of each output pixel, counted from `first`, and how many there are. */
  readonly start: Int32Array;
  readonly count: Int32Array;
  /** `[length, taps]`, fixed point with 22 fractional bits; each row sums to about 2²². */
  readonly weight: Int32Array;
  readonly taps: number;
  /** Input pixels that are needed at all: from `first` to `last`, exclusive. */
  readonly first: number;
  readonly last: number;
}

/**
 * Work out the weights of one axis: `wᵢ = f((i − centre + ½) / max(1, scale))`, normalised to sum 1, with
 * `centre = (output + ½) · scale` and `scale = inSize / outSize`. A filter widens when an image shrinks.
 */
export function axisWeights(
  inSize: number,
  outSize: number,
  interpolation: Exclude<Interpolation, 'nearest'>,
  firstOutput: number,
  length: number,
): AxisWeights {
  const { support: unit, at } = FILTERS[interpolation];
  const scale = inSize / outSize;
  const widening = Math.max(1, scale);
  const support = unit * widening;
  const perPixel = 1 / widening;
  const taps = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(length);
  const count = new Int32Array(length);
  const weight = new Int32Array(length * taps);
  const row = new Float64Array(taps);
  let first = inSize;
  let last = 0;
  for (let output = 0; output < length; output++) {
    const centre = (firstOutput + output + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(inSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let i = from; i < to; i++) {
      const w = at((i - centre + 0.5) * perPixel);
      row[i - from] = w;
      sum += w;
    }
    for (let i = 0; i < to - from; i++) {
      const w = (sum === 0 ? row[i]! : row[i]! / sum) * 2 ** 22;
      weight[output * taps + i] = Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    }
    start[output] = from;
    count[output] = to - from;
    first = Math.min(first, from);
    last = Math.max(last, to);
  }
  for (let output = 0; output < length; output++) start[output]! -= first;
  return { start, count, weight, taps, first, last };
}

/** Input pixel that each output pixel copies; sums up steps as Pillow does, so that its rounding is the same. */
export function nearestPositions(inSize: number, outSize: number): Int32Array {
  const step = inSize / outSize;
  const positions = new Int32Array(outSize);
  let at = step * 0.5;
  for (let i = 0; i < outSize; i++, at += step) positions[i] = Math.min(inSize - 1, Math.trunc(at));
  return positions;
}

/** Cubic convolution with a = −½ (Keys, 1981). */
function bicubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

function hamming(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 1) return 0;
  const d = Math.abs(x) * Math.PI;
  return (Math.sin(d) / d) * (0.54 + 0.46 * Math.cos(d));
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
