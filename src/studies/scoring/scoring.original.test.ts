// Scores of pairs against scikit-learn's, and purity and coverage by the definitions of saev's trait discovery.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rowsOf, truthOfClasses } from '../../../test/helpers/scoring.ts';
import { logBins } from './bins.ts';
import { chooseLatents } from './choose.ts';
import { allPairs, createCounts } from './counts.ts';
import { constantLoss, fitProbe, leastLoss, probeLoss } from './logistic-probe.ts';
import { averagePrecision, bestDecision, precisionRecall } from './pair-scores.ts';
import { createTopRows } from './top-rows.ts';

interface Expected {
  readonly purity: readonly number[];
  readonly best: readonly number[];
  readonly meanAveragePrecision: number;
  readonly coverage: number;
  readonly labels: readonly number[];
  readonly codes: readonly (readonly number[])[];
  readonly pairs: readonly {
    concept: number;
    latent: number;
    averagePrecision: number;
    averagePrecisionFromBelow: number;
    f1: number;
    threshold: number;
    probe: { weight: number; bias: number; loss: number };
    r: number;
  }[];
}

const file = new URL('../../../fixtures/studies/scoring/expected.json', import.meta.url);
const golden: Expected = JSON.parse(readFileSync(file, 'utf8'));
const { labels, codes, pairs } = golden;
const truth = truthOfClasses(['a', 'b', 'c'], labels);
const counts = createCounts(truth, allPairs(5, 3), logBins(5, 1024));
counts.add(rowsOf(codes, 5), truth);

it('purity is that of the original', () => {
  const top = createTopRows(
    Int32Array.from(golden.purity, (_, i) => i),
    golden.purity.length,
    16,
  );
  top.add(rowsOf(codes, 5), truth);
  expect(golden.purity.map((_, latent) => top.of(latent, 0).purity)).toEqual(golden.purity);
});

it('latents of the best probes, their mean average precision and coverage are those of the original', () => {
  const best = [0, 1, 2].map((c) => chooseLatents(counts, c, { dSae: 5, nBest: 2 })!.best.probe);
  expect(best).toEqual(golden.best);
  const aps = best.map((latent, c) => averagePrecision(counts.pair(c, latent)!).ap);
  expect((aps[0]! + aps[1]! + aps[2]!) / 3).toBeCloseTo(golden.meanAveragePrecision, 12);
  expect(aps.filter((ap) => ap >= 0.3).length / 3).toBe(golden.coverage);
});

describe.each(pairs)('latent $latent on concept $concept', (expected) => {
  const pairOf = () => counts.pair(expected.concept, expected.latent)!;

  it('has the average precision of scikit-learn, from above and from below', () => {
    const pair = pairOf();
    expect(averagePrecision(pair).ap).toBeCloseTo(expected.averagePrecision, 12);
    expect(averagePrecision(pair, 'low').ap).toBeCloseTo(expected.averagePrecisionFromBelow, 12);
    const curve = precisionRecall(pair, { most: 10_000 });
    let area = 0;
    curve.forEach(([recall, precision], i) => {
      area += (recall - (curve[i - 1]?.[0] ?? 0)) * precision;
    });
    expect(area).toBeCloseTo(expected.averagePrecision, 9);
  });

  it('has its best F1, at the same threshold', () => {
    const { f1, bin } = bestDecision(pairOf());
    expect(f1).toBeCloseTo(expected.f1, 12);
    const edge = counts.edge(expected.latent, bin);
    const passes = (threshold: number): number =>
      codes.filter((row) => row[expected.latent]! > 0 && row[expected.latent]! >= threshold).length;
    expect(passes(edge)).toBe(passes(expected.threshold));
  });

  it('has its logistic probe', () => {
    const pair = pairOf();
    const probe = fitProbe(pair);
    expect(probe.loss).toBeCloseTo(expected.probe.loss, 9);
    expect(probe.weight).toBeCloseTo(expected.probe.weight, 4);
    expect(probe.bias).toBeCloseTo(expected.probe.bias, 4);
    expect(probeLoss(pair, probe)).toBeCloseTo(probe.loss, 12);
    expect(1 - probe.loss / constantLoss(pair)).toBeCloseTo(expected.r, 8);
    expect(leastLoss(pair)).toBeLessThanOrEqual(probe.loss);
  });
});
