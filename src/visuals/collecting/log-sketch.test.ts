import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogSketches, SKETCH_ERROR } from './log-sketch.ts';

/** numpy's `percentile`, method 'linear'. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const low = sorted[Math.floor(position)]!;
  const high = sorted[Math.ceil(position)]!;
  return low + (position - Math.floor(position)) * (high - low);
}

const positive = fc.float({ min: Math.fround(1e-20), max: Math.fround(1e20), noNaN: true });

describe('log sketch', () => {
  test('quantiles stay within the stated error for values over 40 decades, zeros counted', () => {
    fc.assert(
      fc.property(
        fc.array(positive, { maxLength: 60 }),
        fc.nat(60),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, zeros, q) => {
          fc.pre(values.length + zeros > 0);
          const sketches = createLogSketches(3);
          for (const value of values) sketches.add(1, value);
          const exact = exactQuantile([...values, ...new Array<number>(zeros).fill(0)], q);
          const found = sketches.quantile(1, q, zeros);
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * SKETCH_ERROR * (1 + 1e-9));
        },
      ),
    );
  });

  test('buckets ascend, hold every value, and each holds the values between its edges', () => {
    fc.assert(
      fc.property(fc.array(positive, { maxLength: 60 }), (values) => {
        const sketches = createLogSketches(3);
        for (const value of values) sketches.add(1, value);
        const buckets = sketches.buckets(1);
        let last = 0;
        for (const { low, high, count } of buckets) {
          expect(low).toBeGreaterThanOrEqual(last);
          expect(count).toBe(values.filter((value) => value >= low && value < high).length);
          last = high;
        }
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
    );
  });

  test('latents do not mix', () => {
    const sketches = createLogSketches(2);
    sketches.add(0, 5);
    expect(sketches.quantile(1, 0.5, 4)).toBe(0);
    expect(sketches.quantile(0, 1, 4)).toBeCloseTo(5, 1);
  });

  test('a latent without any value has quantile 0', () => {
    expect(createLogSketches(1).quantile(0, 0.99, 0)).toBe(0);
  });

  test('histograms count every value once, in the bin of its logarithm', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 80 }), (values) => {
        const sketches = createLogSketches(1);
        for (const value of values) sketches.add(0, value);
        const edges = Array.from({ length: 42 }, (_, i) => i - 20.5);
        const bins = new Uint32Array(41);
        sketches.histogram(0, edges, bins);
        expect(bins.reduce((a, b) => a + b, 0)).toBe(values.length);
        for (let b = 0; b < 41; b++) {
          // A value may cross an edge by the sketch's error only.
          const inside = values.filter(
            (v) => Math.log10(v) >= edges[b]! + 0.004 && Math.log10(v) < edges[b + 1]! - 0.004,
          );
          expect(bins[b]).toBeGreaterThanOrEqual(inside.length);
        }
      }),
    );
  });

  test('memory follows the octaves reached, not the number of values', () => {
    const sketches = createLogSketches(100);
    for (let latent = 0; latent < 100; latent++) {
      for (let i = 0; i < 1000; i++) sketches.add(latent, 1 + i / 1000);
    }
    expect(sketches.byteLength()).toBe(100 * 64 * 4);
    sketches.add(0, 9);
    expect(sketches.byteLength()).toBe(103 * 64 * 4);
  });

  test('range spans the values of all latents, but for the smallest that are trimmed', () => {
    const sketches = createLogSketches(3);
    expect(sketches.range(0)).toBeUndefined();
    sketches.add(0, 0.25);
    sketches.add(2, 64);
    const whole = sketches.range(0)!;
    expect(Math.abs(whole.low / 0.25 - 1)).toBeLessThan(0.02);
    expect(Math.abs(whole.high / 64 - 1)).toBeLessThan(0.02);
    for (let i = 0; i < 98; i++) sketches.add(1, 8);
    expect(Math.abs(sketches.range(0.01)!.low / 8 - 1)).toBeLessThan(0.02);
  });
});
