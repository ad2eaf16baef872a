import { describe, expect, it } from 'vitest';
import { identityEncoder, memorySource } from '../../../test/helpers/memory-source.ts';
import { truthOfClasses } from '../../../test/helpers/scoring.ts';
import { Random } from '../../base/random.ts';
import type { ScoredCoder } from './coded-rows.ts';
import { choosesOn, type ScoreOptions, scoreCoder } from './score-coder.ts';

const [nExamples, rowsPerExample, dModel] = [80, 4, 6];
const options: ScoreOptions = {
  seed: 3,
  nBest: 2,
  k: 16,
  tau: 0.3,
  pool: 'max',
  batchSize: 50,
};

/** Latent c fires on examples of class c, on one of their rows; latent 5 anywhere. */
function world(): { acts: Float32Array; labels: number[] } {
  const random = new Random(9);
  const labels = Array.from({ length: nExamples }, () => random.int(3));
  const acts = new Float32Array(nExamples * rowsPerExample * dModel);
  labels.forEach((label, example) => {
    const row = example * rowsPerExample + random.int(rowsPerExample);
    if (random.float() < 0.9) acts[row * dModel + label] = 1 + random.float();
    acts[(example * rowsPerExample + 1) * dModel + 5] = random.float();
  });
  return { acts, labels };
}

function coder(): ScoredCoder {
  const { encode } = identityEncoder(dModel);
  return {
    name: 'identity',
    dSae: dModel,
    encode,
    async evaluate(acts) {
      const codes = await encode(acts);
      const rows = acts.length / dModel;
      return { codes, sums: { rows, l0: codes.index.length, l1: 0, squaredError: [0] } };
    },
    async close() {},
  };
}

describe('scores of a coder', () => {
  const { acts, labels } = world();
  const source = memorySource(acts, { nExamples, rowsPerExample, dModel });
  const truth = truthOfClasses(['a', 'b', 'c'], labels);

  it('finds the latent of each class, and measures it on the other half', async () => {
    const scores = await scoreCoder(coder(), source, truth, options);
    const chooses = choosesOn(nExamples, 3);
    scores.concepts.forEach(({ best, latents, rows, positives }, c) => {
      expect(best).toEqual({ probe: c, averagePrecision: c, f1: c });
      expect(rows).toEqual({ chosen: 40, measured: 40 });
      const real = labels.filter((label, example) => label === c && !chooses(example)).length;
      expect(positives.measured).toBe(real);
      const { measured, curve } = latents.find(({ latent }) => latent === c)!;
      expect(measured.precision).toBe(1);
      expect(measured.recall).toBeGreaterThan(0.7);
      expect(measured.r).toBeGreaterThan(0.2);
      expect(measured.precisionAtK).toBeLessThanOrEqual(measured.purity);
      expect(curve.at(-1)![0]).toBe(1);
    });
    expect(scores.coverage).toBe(1);
    expect(scores.normalizedMse).toBe(0);
  });

  it('is the same again, and other halves give other figures', async () => {
    const [one, again, other] = [
      await scoreCoder(coder(), source, truth, options),
      await scoreCoder(coder(), source, truth, { ...options, batchSize: 7 }),
      await scoreCoder(coder(), source, truth, { ...options, seed: 4 }),
    ];
    expect(again).toEqual(one);
    expect(other.probeR).not.toBe(one.probeR);
  });

  it('refuses activations that are no numbers', async () => {
    const broken = {
      ...coder(),
      async evaluate(some: Float32Array) {
        const found = await coder().evaluate(some);
        return { ...found, sums: { ...found.sums, squaredError: [Number.NaN] } };
      },
    };
    await expect(scoreCoder(broken, source, truth, options)).rejects.toThrow('not finite');
  });

  it('skips concepts that no example has, or every one', async () => {
    const none = truthOfClasses(['a', 'b', 'c', 'd'], labels);
    const scores = await scoreCoder(coder(), source, none, options);
    expect(scores.concepts[3]).toMatchObject({ latents: [], skipped: expect.any(String) });
    expect(scores.meanAveragePrecision).toBeGreaterThan(0.7);
    const all = truthOfClasses(
      ['a'],
      labels.map(() => 0),
    );
    const [only] = (await scoreCoder(coder(), source, all, options)).concepts;
    expect(only!.skipped).toContain('every row');
  });
});
