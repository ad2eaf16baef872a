// The point with the least sum of distances to all others: a mean that outliers hardly move.
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../base/errors.ts';

/** When the iteration ends, and how it is kept from dividing by 0. */
export interface MedianOptions {
  /** @default 100 */
  readonly maxIterations?: number;
  /** Distances below it count as this much, so that a point on the median does not hold it fast. @default 1e-6 */
  readonly smoothing?: number;
  /** Stop when the mean distance changes by no more than this share. @default 1e-20 */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
}

/**
 * Find the geometric median of `points [n, d]`, `argmin_z Σ |x_i − z|`, by the smoothed Weiszfeld iteration
 * `z ← Σ w_i x_i / Σ w_i, w_i = 1 / max(|x_i − z|, smoothing)` from the mean on; float64 inside, float32 `[d]` out
 * (Pillutla, Kakade and Harchaoui 2019, arXiv 1912.13445, algorithm 2).
 * @throws {UserError} when there are no points.
 */
export async function geometricMedian(
  points: Float32Array,
  d: number,
  options: MedianOptions = {},
): Promise<Float32Array> {
  const { maxIterations = 100, smoothing = 1e-6, tolerance = 1e-20, signal } = options;
  let median = Float64Array.from(meanRow(points, d));
  let before = Number.NaN;
  for (let i = 0; ; i++) {
    const { next, distance } = weiszfeld(points, median, smoothing);
    if (i === maxIterations || Math.abs(before - distance) <= tolerance * distance) break;
    before = distance;
    median = next;
    await setImmediate(undefined, { signal });
  }
  return Float32Array.from(median);
}

/** One iteration: the next median, and the mean distance of the points to this one. */
function weiszfeld(
  points: Float32Array,
  median: Float64Array,
  smoothing: number,
): { next: Float64Array<ArrayBuffer>; distance: number } {
  const d = median.length;
  const next = new Float64Array(d);
  let total = 0;
  let weights = 0;
  for (let start = 0; start < points.length; start += d) {
    let squared = 0;
    for (let j = 0; j < d; j++) squared += (points[start + j]! - median[j]!) ** 2;
    const distance = Math.sqrt(squared);
    const weight = 1 / Math.max(distance, smoothing);
    total += distance;
    weights += weight;
    for (let j = 0; j < d; j++) next[j]! += weight * points[start + j]!;
  }
  for (let j = 0; j < d; j++) next[j]! /= weights;
  return { next, distance: total / (points.length / d) };
}

/**
 * Mean of the rows of `points [n, d]`, float64.
 * @throws {UserError} when there are none.
 * @throws {RangeError} for half a row.
 */
export function meanRow(points: Float32Array, d: number): Float64Array<ArrayBuffer> {
  const rows = points.length / d;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`expected points [n, ${d}], got ${points.length} numbers`);
  }
  if (rows === 0) {
    throw new UserError('missing activations: there are none to take a bias from', {
      hint: 'start it from zeros, or give more data',
    });
  }
  const sum = new Float64Array(d);
  for (let start = 0; start < points.length; start += d) {
    for (let j = 0; j < d; j++) sum[j]! += points[start + j]!;
  }
  return sum.map((value) => value / rows);
}
