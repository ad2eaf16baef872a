import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { type BandOptions, type BandSamples, createBandSamples } from './band-samples.ts';

const OPTIONS: BandOptions = { bands: 5, perBand: 5, seed: 1 };

/** Offer values to latent 1 of 3, `width` tokens an example. */
function offered(values: readonly number[], options: BandOptions, width = 1): BandSamples {
  const samples = createBandSamples(3, options, width);
  for (let first = 0; first < values.length; first += width) {
    const value = Float32Array.from(values.slice(first, first + width));
    const token = Uint32Array.from(value.keys());
    samples.offer(1, first / width, token, value, value.length);
  }
  return samples;
}

const float = (values: readonly number[]): number[] => [...Float32Array.from(values)];
const anyValue = fc.double({ min: 1e-30, max: 1e30, noNaN: true });

describe('samples in bands', () => {
  it('lie in bands of equal width up to the largest value, and were offered', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyValue, fc.double({ min: 0.01, max: 20, noNaN: true })), {
          minLength: 1,
          maxLength: 300,
        }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (drawn, bands, width) => {
          const values = float(drawn);
          const max = Math.max(...values);
          const samples = offered(values, { ...OPTIONS, bands }, width);
          const found = samples.bandsOf(1, max);
          expect(found.length).toBe(bands);
          expect(found[0]!.high).toBe(max);
          expect(found.at(-1)!.low).toBe(0);
          for (const { low, high, samples: inBand } of found) {
            expect(high - low).toBeCloseTo(max / bands, 6 - Math.floor(Math.log10(max)));
            expect(inBand.length).toBeLessThanOrEqual(OPTIONS.perBand);
            for (const { example, token, value, map } of inBand) {
              expect(value > low && value <= high).toBe(true);
              expect(values[example * width + token]).toBe(value);
              expect(map.value[map.token.indexOf(token)]).toBe(value);
            }
            const places = inBand.map(({ example, token }) => `${example}/${token}`);
            expect(new Set(places).size).toBe(places.length);
          }
          expect(samples.bandsOf(0, 0)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are all there where a band has few', () => {
    const values = [10, 9, 7, 5, 3, 1, 0.5, 0.001];
    const found = offered(values, OPTIONS).bandsOf(1, 10);
    expect(found.map(({ samples }) => samples.map(({ value }) => value))).toEqual(
      [[10, 9], [7], [5], [3], [1, 0.5, 0.001]].map(float),
    );
  });

  it('are drawn evenly from the whole pass, whatever the order of values', () => {
    // 400 values in (8, 10] of 10: early and late, small and large ones must come up equally often.
    const times = new Float64Array(8);
    let drawn = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed, 'values');
      const values = [1, ...Array.from({ length: 400 }, () => 8.001 + 1.99 * random.float()), 10];
      for (const { example, value } of offered(values, { ...OPTIONS, seed }).bandsOf(1, 10)[0]!
        .samples) {
        if (value === 10) continue;
        times[Math.min(3, Math.floor(example / 100.5))]!++;
        times[4 + Math.min(3, Math.floor((value - 8) / 0.5))]!++;
        drawn++;
      }
    }
    expect(drawn).toBeGreaterThan(600);
    for (const count of times) expect(Math.abs(count / drawn - 0.25)).toBeLessThan(0.06);
  });

  it('depend on the seed alone', () => {
    const values = Array.from({ length: 200 }, (_, i) => 1 + (i % 17));
    const of = (seed: number): unknown => offered(values, { ...OPTIONS, seed }).bandsOf(1, 17);
    expect(of(4)).toEqual(of(4));
    expect(of(4)).not.toEqual(of(5));
  });

  it('take no more room for more tokens', () => {
    const bytesAfter = (n: number): number =>
      offered(
        Array.from({ length: n }, (_, i) => 1 + (i % 97)),
        OPTIONS,
      ).byteLength();
    expect(bytesAfter(20_000)).toBe(bytesAfter(500));
  });
});
