// Examples spread over the range of a feature's scores, as transcoder-circuits picks them.
import { UserError } from '../base/errors.ts';
import { float16ToFloat32, float32ToFloat16 } from '../formats/half.ts';

/** One position of a score table, as an index into its values. */
export interface ScoreSample {
  readonly at: number;
  readonly value: number;
}

/** Examples with scores in one band. */
export interface ScoreBand {
  readonly low: number;
  readonly high: number;
  /** Positions with a score in the band. */
  readonly count: number;
  /** Share of all positions. */
  readonly share: number;
  readonly examples: readonly ScoreSample[];
}

/** How samples are spread over the range of scores. */
export interface UniformSampleOptions {
  /** Keep one example for each value, in ascending order. @default true */
  readonly unique?: boolean;
  /** Spread from minus the largest score instead of from the smallest. @default false */
  readonly fromMinusMax?: boolean;
}

/**
 * Pick the scores nearest to `n` values at equal distances from the smallest score to the largest; the first position
 * where several are as near. The difference of the two ends is rounded to half precision where `compatible`: scores
 * of the original are halves.
 *
 * @throws {UserError} for fewer than 2 samples and for no scores.
 */
export function sampleUniform(
  scores: Float32Array,
  n: number,
  options: UniformSampleOptions & { readonly compatible?: boolean } = {},
): ScoreSample[] {
  const { unique = true, fromMinusMax = false, compatible = false } = options;
  const { low: smallest, high } = rangeOf(scores, n);
  const low = fromMinusMax ? -high : smallest;
  const span = rounding(compatible)(high - low);
  const targets = [...steps(1, n).map((p) => low + p * span), high];
  const samples = targets.map((target) => nearest(scores, target));
  if (!unique) return samples;
  const first = new Map<number, ScoreSample>();
  for (const sample of samples) if (!first.has(sample.value)) first.set(sample.value, sample);
  return [...first.values()].sort((a, b) => a.value - b.value);
}

/** Pick the scores at `n` percentiles at equal distances, the nearest rank each; the largest score last. */
export function samplePercentiles(scores: Float32Array, n: number): ScoreSample[] {
  const { high } = rangeOf(scores, n);
  const sorted = scores.toSorted();
  const rank = (p: number): number => roundHalfEven((sorted.length - 1) * (p / 100));
  return [...steps(100, n).map((p) => sorted[rank(p)]!), high].map((value) =>
    nearest(scores, value),
  );
}

/**
 * Sort samples into `bands` bands of equal width, lowest first. Every score is counted in one band: a band holds its
 * upper edge, the lowest also its lower one.
 *
 * `compatible` repeats the original: one band more, above the largest score; the smallest score is counted nowhere;
 * samples on an edge stand in both bands; edges are rounded to half precision at every step, by `bandSize` examples.
 */
export function uniformBands(
  scores: Float32Array,
  samples: readonly ScoreSample[],
  options: { bands: number; bandSize?: number; compatible?: boolean },
): ScoreBand[] {
  const { bands, bandSize = 10, compatible = false } = options;
  const { low, high } = rangeOf(scores, bands + 1);
  const round = rounding(compatible);
  const total = bands * bandSize;
  const width = round(round(high - low) / total);
  const edge = (examples: number): number =>
    !compatible && examples === total ? high : round(low + round(examples * width));
  return Array.from({ length: compatible ? bands + 1 : bands }, (_, band) => {
    const [from, to] = [edge(band * bandSize), edge((band + 1) * bandSize)];
    const isInside = (value: number): boolean =>
      (value > from || (!compatible && band === 0 && value === from)) && value <= to;
    const holds = (value: number): boolean =>
      compatible ? value >= from && value <= to : isInside(value);
    let count = 0;
    for (const value of scores) if (isInside(value)) count++;
    return {
      low: from,
      high: to,
      count,
      share: count / scores.length,
      examples: samples.filter(({ value }) => holds(value)),
    };
  });
}

/** `0, step, 2 step …` below `end`, with `step = end / (n − 1)`, in number as NumPy's `arange` gives them. */
function steps(end: number, n: number): number[] {
  const step = end / (n - 1);
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
}

function nearest(scores: Float32Array, target: number): ScoreSample {
  let at = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const d = Math.abs(scores[i]! - target);
    if (d < distance) {
      distance = d;
      at = i;
    }
  }
  return { at, value: scores[at]! };
}

function rangeOf(scores: Float32Array, n: number): { low: number; high: number } {
  if (!Number.isInteger(n) || n < 2) {
    throw new UserError(`invalid number of samples: ${n}`, { hint: 'at least 2 span a range' });
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of scores) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!Number.isFinite(low) || !Number.isFinite(high) || scores.some(Number.isNaN)) {
    throw new UserError('invalid scores: none, or not all finite', {
      hint: 'leave positions out before sampling',
    });
  }
  return { low, high };
}

function rounding(compatible: boolean): (value: number) => number {
  return compatible
    ? (value) => float16ToFloat32(float32ToFloat16(Float32Array.of(value)))[0]!
    : (value) => value;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
