import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../base/random.ts';
import { matryoshkaPrefixes } from './matryoshka.ts';

it('draws different ascending lengths that end with the whole code', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 70 }),
      fc.nat(),
      (dSae, n, seed) => {
        const prefixes = matryoshkaPrefixes(dSae, n, new Random(seed));
        expect(prefixes.at(-1)).toBe(dSae);
        expect([...new Set(prefixes)].sort((a, b) => a - b)).toEqual(prefixes);
        expect(prefixes).toHaveLength(1 + Math.min(n - 1, Math.max(0, dSae - 2)));
        expect(prefixes.slice(0, -1).every((length) => length >= 2)).toBe(true);
      },
    ),
  );
});

it('follows the Pareto law of the original', () => {
  const random = new Random(5);
  const [draws, dSae] = [40_000, 1000];
  let short = 0;
  for (let i = 0; i < draws; i++) short += matryoshkaPrefixes(dSae, 2, random)[0]! <= 10 ? 1 : 0;
  const cdf = (l: number): number => 1 - l ** -0.5;
  expect(Math.abs(short / draws - cdf(10) / cdf(dSae - 1))).toBeLessThan(0.01);
});
