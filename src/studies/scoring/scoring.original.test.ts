// Scores of pairs against scikit-learn's, and purity and coverage by the definitions of saev's trait discovery.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rowsOf, truthOfClasses } from '../../../test/helpers/scoring.ts';
import { logBins } from './bins.ts';
import { allPairs, createCounts } from './counts.ts';
import { constantLoss, fitProbe, leastLoss, probeLoss } from './logistic-probe.ts';
import { averagePrecision, bestDecision, precisionRecall } from './pair-scores.ts';

interface Expected {
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
const { labels, codes, pairs }: Expected = JSON.parse(readFileSync(file, 'utf8'));
const truth = truthOfClasses(['a', 'b', 'c'], labels);
const counts = createCounts(truth, allPairs(5, 3), logBins(5, 1024));
counts.add(rowsOf(codes, 5), truth);

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
