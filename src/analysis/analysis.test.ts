import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureCoder } from '../../test/helpers/language-features.ts';
import { createCodeSample } from '../visuals/collecting/code-sample.ts';
import { rebin } from '../visuals/collecting/value-histogram.ts';
import { extremes, histogramOf } from './extremes.ts';
import { encoderVector } from './projections.ts';
import { featurePullbacks, pullback } from './pullbacks.ts';
import { sampleUniform, uniformBands } from './score-samples.ts';

const value = fc.float({ noNaN: true, noDefaultInfinity: true });

describe('both ends of a vector', () => {
  test('are those of sorting it, equal values by index', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(value, fc.integer({ min: -2, max: 2 }))), fc.nat(9), (v, k) => {
        const order = [...v.keys()];
        const top = order.toSorted((a, b) => v[b]! - v[a]! || a - b).slice(0, k);
        const bottom = order.toSorted((a, b) => v[a]! - v[b]! || a - b).slice(0, k);
        const found = extremes(v, k);
        expect(found.top.map(({ index }) => index)).toEqual(top);
        expect(found.bottom.map(({ index }) => index)).toEqual(bottom);
      }),
    );
  });

  test('a histogram counts every value once, also where all are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 }), (v) => {
        const { heights, centres } = histogramOf(v, 10);
        expect(heights.reduce((a, b) => a + b)).toBe(v.length);
        expect(centres).toHaveLength(10);
      }),
    );
    expect(histogramOf([0, 1, 2, 4], 4).heights).toEqual([1, 1, 1, 1]);
    expect(histogramOf([], 4)).toEqual({ heights: [], centres: [] });
  });
});

test('counts spread over other bins stay as many, in the bins that their buckets touch', () => {
  const buckets = [
    { low: 1, high: 2, count: 10 },
    { low: 3, high: 4, count: 3 },
  ];
  expect(rebin(buckets, [0, 1.5, 3, 5])).toEqual([5, 5, 3]);
  expect(rebin(buckets, [3.5, 3.6, 3.7])).toEqual([12, 1]);
});

describe('bands of scores', () => {
  test('count every score once and hold each sample once', () => {
    const scores = fc.array(fc.float({ min: 0, max: 9, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 7 }), (drawn, bands) => {
        const table = Float32Array.from(drawn);
        const samples = sampleUniform(table, 20);
        const found = uniformBands(table, samples, { bands });
        expect(found).toHaveLength(bands);
        expect(found.at(-1)!.high).toBe(Math.max(...table));
        expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(table.length);
        expect(found.flatMap(({ examples }) => examples)).toEqual(samples);
      }),
    );
  });

  test('scores that are none or not finite, and too few samples, are refused', () => {
    expect(() => sampleUniform(new Float32Array(0), 5)).toThrow(/^invalid scores/);
    expect(() => sampleUniform(Float32Array.of(1, Number.NaN), 5)).toThrow(/^invalid scores/);
    expect(() => sampleUniform(Float32Array.of(1, -Infinity), 5)).toThrow(/^invalid scores/);
    expect(() => sampleUniform(Float32Array.of(1, 2), 1)).toThrow(/^invalid number of samples: 1/);
  });
});

test('a sample of codes keeps within its room by drawing every 2nd, 4th, 8th … row as if by lot', () => {
  const sample = createCodeSample(2, { maxEntries: 1000 });
  for (let batch = 0; batch < 2000; batch++) {
    sample.observe({
      columns: 2,
      rowStart: Uint32Array.of(0, 2, 2, 3),
      index: Uint32Array.of(0, 1, 1),
      value: Float32Array.of(1, 2, 3),
    });
  }
  expect(sample.codes().index.length).toBeLessThanOrEqual(1000);
  expect(sample.stride).toBe(8);
  expect(Math.abs(sample.rows / (6000 / 8) - 1)).toBeLessThan(0.1);
  // A row's place in its batch says nothing about whether it is drawn.
  const { rowStart } = sample.codes();
  const firsts = [...rowStart].slice(0, -1).filter((at, row) => rowStart[row + 1]! - at === 2);
  expect(Math.abs(firsts.length / (sample.rows / 3) - 1)).toBeLessThan(0.2);
});

describe('features that are not there', () => {
  test('get one sentence with the number', async () => {
    const coder = await featureCoder('transcoder0');
    for (const feature of [-1, 32, 0.5, Number.NaN]) {
      expect(() => encoderVector(coder, feature)).toThrow(`invalid feature ${feature}`);
      const run = featurePullbacks(coder, coder, { features: [0, feature] });
      await expect(run.next()).rejects.toThrow(`invalid feature ${feature}`);
    }
  });

  test('vectors and codes of another width are refused', async () => {
    const coder = await featureCoder('transcoder0');
    await expect(pullback(coder, new Float32Array(7))).rejects.toThrow(/16 wide, not 7/);
    const codes = new Float32Array(3);
    await expect(pullback(coder, new Float32Array(16), { codes })).rejects.toThrow('32 codes');
  });
});
