import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsOf, truthOfClasses } from '../../../test/helpers/scoring.ts';
import { Random } from '../../base/random.ts';
import { binsFor, logBins } from './bins.ts';
import { allPairs, chosenPairs, createCounts } from './counts.ts';
import { averagePrecision, bestDecision, decideFrom } from './pair-scores.ts';
import { createTopRows } from './top-rows.ts';
import { type ConceptTruth, kindsOf } from './truth/truth.ts';

const [nRows, dSae] = [60, 4];

function drawn(seed: number): { dense: number[][]; labels: number[] } {
  const random = new Random(seed);
  const labels = Array.from({ length: nRows }, () => random.int(4) - 1);
  const dense = labels.map((label) =>
    Array.from({ length: dSae }, (_, latent) =>
      random.float() < (label === latent ? 0.8 : 0.3) ? 2 ** (12 * random.float() - 6) : 0,
    ),
  );
  return { dense, labels };
}

/** Average precision by its definition, rows of equal score together. */
function definition(values: readonly number[], truth: readonly boolean[]): number {
  const positives = truth.filter(Boolean).length;
  let ap = 0;
  let before = 0;
  for (const value of [...new Set(values)].sort((a, b) => b - a)) {
    const taken = truth.filter((_, row) => values[row]! >= value);
    const hits = taken.filter(Boolean).length;
    ap += ((hits - before) / positives) * (hits / taken.length);
    before = hits;
  }
  return ap;
}

it('the true average precision lies within the bound that is given with it', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.constantFrom(8, 32, 256), (seed, nBins) => {
      const { dense, labels } = drawn(seed);
      const truth = truthOfClasses(['a', 'b', 'c'], labels);
      const counts = createCounts(truth, allPairs(dSae, 3), logBins(dSae, nBins));
      counts.add(rowsOf(dense, dSae), truth);
      for (let c = 0; c < 3; c++) {
        for (let latent = 0; latent < dSae; latent++) {
          const isC = labels.map((label) => label === c);
          if (!isC.includes(true)) continue;
          const values = dense.map((row) => Math.fround(row[latent]!));
          const { ap, error } = averagePrecision(counts.pair(c, latent)!);
          expect(Math.abs(ap - definition(values, isC))).toBeLessThanOrEqual(error + 1e-12);
        }
      }
    }),
    { numRuns: 25 },
  );
});

it('counts do not depend on the order of the rows or on how they come, though bins move', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.integer({ min: 1, max: nRows }), (seed, size) => {
      const { dense, labels } = drawn(seed);
      const truth = truthOfClasses(['a', 'b', 'c'], labels);
      const pairs = chosenPairs(dSae, [[0, 2], [1], [2, 0]]);
      const once = createCounts(truth, pairs, logBins(pairs.nSlots, 32));
      once.add(rowsOf(dense, dSae), truth);
      const parts = createCounts(truth, pairs, logBins(pairs.nSlots, 32));
      for (let first = 0; first < nRows; first += size) {
        const start = Math.floor((nRows - 1 - first) / size) * size;
        parts.add(rowsOf(dense.slice(start, start + size), dSae, { first: start }), truth);
      }
      for (const [c, latent] of [
        [0, 0],
        [0, 2],
        [1, 1],
        [2, 0],
      ] as const) {
        const { all, hits } = once.pair(c, latent)!;
        const expected = { all: [...Array.from(all)], hits: [...Array.from(hits)] };
        const other = parts.pair(c, latent)!;
        expect({ all: Array.from(other.all), hits: Array.from(other.hits) }).toEqual(expected);
        expect(parts.edge(latent, 5)).toBe(once.edge(latent, 5));
      }
      expect(once.pair(1, 0)).toBeUndefined();
      expect(parts.totals(1)).toEqual(once.totals(1));
    }),
    { numRuns: 25 },
  );
});

it('a threshold says yes to the rows that it says', () => {
  const { dense, labels } = drawn(3);
  const truth = truthOfClasses(['a', 'b', 'c'], labels);
  const counts = createCounts(truth, allPairs(dSae, 3), logBins(dSae, 64));
  counts.add(rowsOf(dense, dSae), truth);
  const { bin, precision, recall } = bestDecision(counts.pair(1, 1)!);
  const threshold = counts.edge(1, bin);
  const yes = dense.map((row) => row[1]! > 0 && Math.fround(row[1]!) >= threshold);
  const hits = labels.filter((label, row) => label === 1 && yes[row]).length;
  expect(precision).toBeCloseTo(hits / yes.filter(Boolean).length, 12);
  expect(recall).toBeCloseTo(hits / labels.filter((label) => label === 1).length, 12);
  expect(decideFrom(counts.pair(1, 1)!, 0).recall).toBeGreaterThanOrEqual(recall);
});

it('rows of which a kind is unknown count for the other kinds only', () => {
  const concepts = [
    { kind: 'colour', name: 'red' },
    { kind: 'shape', name: 'ring' },
  ];
  const rows: Record<number, { present: number[]; unknown: number[] }> = {
    0: { present: [0, 1], unknown: [] },
    1: { present: [1], unknown: [0] },
    2: { present: [], unknown: [] },
  };
  const truth: ConceptTruth = {
    source: 'a test',
    concepts,
    kinds: kindsOf(concepts),
    level: 'example',
    nExamples: 4,
    of: (example) => rows[example],
  };
  const counts = createCounts(truth, allPairs(1, 2), logBins(1, 8));
  counts.add(rowsOf([[1], [1], [1], [1]], 1), truth);
  expect(counts.totals(0)).toEqual({ rows: 2, positives: 1 });
  expect(counts.totals(1)).toEqual({ rows: 3, positives: 2 });
  expect(bestDecision(counts.pair(0, 0)!)).toMatchObject({ precision: 0.5, recall: 1 });
  expect(bestDecision(counts.pair(1, 0)!).precision).toBeCloseTo(2 / 3, 12);
});

it('purity is the share of the commonest concept among the highest rows', () => {
  const labels = [0, 0, 1, 0, 2, 2, 2, -1];
  const truth = truthOfClasses(['a', 'b', 'c'], labels);
  const top = createTopRows(Int32Array.of(0), 1, 4);
  top.add(rowsOf([[8], [7], [6], [5], [4], [3], [2], [1]], 1), truth);
  expect(top.of(0, 0)).toEqual({ purity: 0.75, precisionAtK: 0.75 });
  expect(top.of(0, 1)).toEqual({ purity: 0.75, precisionAtK: 0.25 });
});

it('as many bins are taken as a gigabyte has room for', () => {
  expect(binsFor(24_576 * 150)).toBe(64);
  expect(binsFor(1000)).toBe(256);
  expect(binsFor(1e9)).toBe(8);
});
