// Worlds beside those of SAELens: the same world from the same law and seed, and rows drawn by the same law.
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import drawn from '../../../../fixtures/synthetic/drawn.json' with { type: 'json' };
import benchNumbers from '../../../../fixtures/synthetic/world-bench.json' with { type: 'json' };
import { compensated, growForest } from './forest.ts';
import { SYNTH_SAE_BENCH } from './law.ts';
import { firingProbabilities, magnitudes } from './numbers-of-features.ts';
import { BLOCK_ROWS, rowDrawer } from './rows.ts';
import { makeWorld, type SyntheticWorld } from './world.ts';
import { readWorld } from './world-files.ts';

const folder = fileURLToPath(new URL('../../../../fixtures/synthetic/world', import.meta.url));

/** Largest difference of two arrays. */
const apart = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), a.length === b.length ? 0 : 1 / 0);

let saved: SyntheticWorld;
beforeAll(async () => {
  saved = await readWorld(folder);
});

describe('a world made from a law', () => {
  it('is the one that SAELens makes of it', async () => {
    const made = await makeWorld(saved.law);
    expect(apart(made.directions, saved.directions)).toBeLessThan(2e-5);
    expect(apart(made.bias, saved.bias)).toBeLessThan(1e-6);
    expect(apart(made.probabilities, saved.probabilities)).toBeLessThan(1e-6);
    expect(apart(made.factors!.factor, saved.factors!.factor)).toBeLessThan(1e-6);
    expect(apart(made.factors!.own, saved.factors!.own)).toBeLessThan(1e-6);
    expect(made.trees).toEqual(saved.trees);
  });

  it('has the probabilities, trees and spreads of SynthSAEBench-16k', () => {
    const { nFeatures, firing, forest, spreads, seed } = SYNTH_SAE_BENCH;
    const trees = growForest(forest!, nFeatures, seed + 3);
    const raised = compensated(firingProbabilities(firing, nFeatures, seed), trees);
    const drawnSpreads = magnitudes(spreads, nFeatures, seed + 1);
    for (const [k, i] of benchNumbers.at.entries()) {
      expect(raised[i]).toBeCloseTo(benchNumbers.probabilities[k]!, 6);
      expect(drawnSpreads[i]).toBeCloseTo(benchNumbers.spreads[k]!, 6);
    }
    expect(raised.reduce((a, b) => a + b, 0)).toBeCloseTo(benchNumbers.sum, 1);
  });
});

describe('rows of a world', () => {
  const BLOCKS = 1600;
  const n = 120;
  const count = new Float64Array(n);
  const sum = new Float64Array(n);
  const squares = new Float64Array(n);
  const pairs = new Float64Array(n * n);
  const l0: number[] = [];
  const norms: number[] = [];
  const rows = BLOCKS * BLOCK_ROWS;

  beforeAll(() => {
    const drawer = rowDrawer(saved);
    for (let block = 0; block < BLOCKS; block++) {
      const { features, rows } = drawer.draw('test', block);
      const { rowStart, index, value } = features;
      for (let r = 0; r < BLOCK_ROWS; r++) {
        const firing = index.subarray(rowStart[r], rowStart[r + 1]);
        l0.push(firing.length);
        norms.push(Math.hypot(...rows.subarray(r * 20, (r + 1) * 20)));
        for (const [e, i] of firing.entries()) {
          const magnitude = value[rowStart[r]! + e]!;
          count[i]!++;
          sum[i]! += magnitude;
          squares[i]! += magnitude ** 2;
          for (const j of firing) pairs[i * n + j]!++;
        }
      }
    }
  });

  /** By how many standard errors shares of independent rows differ. */
  const shareApart = (ours: number, theirs: number): number => {
    const variance = Math.max(theirs * (1 - theirs), 1e-6) * (1 / rows + 1 / drawn.rows);
    return Math.abs(ours - theirs) / Math.sqrt(variance);
  };
  /** Likewise for means of numbers that deviate so. */
  const meanApart = (ours: number, theirs: number, deviation: number, m: number, k: number) =>
    Math.abs(ours - theirs) / (deviation * Math.sqrt(1 / m + 1 / k));
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;

  it('have features that fire as often as those of SAELens', () => {
    const off = drawn.frequency.map((share, i) => shareApart(count[i]! / rows, share));
    expect(Math.max(...off)).toBeLessThan(4.5);
    expect(mean(off.map((x) => x * x))).toBeLessThan(1.5);
  });

  it('have features that fire as strongly', () => {
    const off = drawn.magnitude.map((magnitude, i) => {
      const theirs = drawn.frequency[i]! * drawn.rows;
      return meanApart(sum[i]! / count[i]!, magnitude, drawn.deviation[i]!, count[i]!, theirs);
    });
    expect(Math.max(...off)).toBeLessThan(4.5);
    expect(mean(off.map((x) => x * x))).toBeLessThan(1.5);
    const spread = Array.from(count, (c, i) => Math.sqrt(squares[i]! / c - (sum[i]! / c) ** 2));
    const ratios = spread.map((s, i) => s / Math.max(1e-3, drawn.deviation[i]!));
    expect(mean(ratios)).toBeCloseTo(1, 1);
  });

  it('have pairs that fire together as often', () => {
    const off = drawn.pairs.map(([i, j, share]) => shareApart(pairs[i! * n + j!]! / rows, share!));
    expect(Math.max(...off)).toBeLessThan(5);
    expect(mean(off.map((x) => x * x))).toBeLessThan(1.3);
  });

  it('are as long, of as many features', () => {
    const [l0Mean, l0Std] = drawn.l0 as [number, number];
    const [normMean, normStd] = drawn.norm as [number, number];
    expect(meanApart(mean(l0), l0Mean, l0Std, rows, drawn.rows)).toBeLessThan(4);
    expect(meanApart(mean(norms), normMean, normStd, rows, drawn.rows)).toBeLessThan(4);
    const deviation = (values: readonly number[]): number =>
      Math.sqrt(mean(values.map((x) => x * x)) - mean(values) ** 2);
    expect(deviation(l0) / l0Std).toBeCloseTo(1, 1);
    expect(deviation(norms) / normStd).toBeCloseTo(1, 1);
  });
});
