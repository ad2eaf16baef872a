// k-means and principal components against scikit-learn's, on the same points.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../base/random.ts';
import { createSpread } from '../spread.ts';
import { meanOf } from './baseline.ts';
import { fitKMeans } from './k-means.ts';
import { principalAxes } from './principal-components.ts';
import { BASELINES } from './registry.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

interface Expected {
  readonly points: readonly (readonly number[])[];
  readonly kMeans: { inertia: number; steps: number };
  readonly pca: {
    variances: readonly number[];
    components: readonly (readonly number[])[];
    normalizedErrorOfTwo: number;
  };
}

const file = new URL('../../../../fixtures/studies/scoring/expected.json', import.meta.url);
const expected: Expected = JSON.parse(readFileSync(file, 'utf8'));
const D = 6;
const points = Float32Array.from(expected.points.flat());
const options = { dModel: D, width: 12, l0: 2, seed: 1, threads: 1 };

it('k-means from the same points comes to the same objective', async () => {
  const coder = await fitKMeans(points, points.slice(0, 8 * D), options);
  const { codes, sums } = await coder.evaluate(points);
  expect(sums.squaredError).toBeClose([expected.kMeans.inertia], { relative: 1e-5 });
  expect(sums.l0).toBe(points.length / D);
  expect(codes.value.every((value) => value === 1)).toBe(true);
  await coder.close();
});

it('principal axes are those of scikit-learn, up to sign', async () => {
  const { values, vectors } = await principalAxes(points, meanOf(points, D));
  expect([...values]).toBeClose(expected.pca.variances, { relative: 1e-4, absolute: 1e-5 });
  expected.pca.components.forEach((component, i) => {
    let product = 0;
    component.forEach((value, j) => {
      product += value * vectors[i * D + j]!;
    });
    expect(Math.abs(product)).toBeCloseTo(1, 4);
  });
});

it('eigenvectors put a random symmetric matrix together again', () => {
  const n = 40;
  const random = new Random(2);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  }
  const { values, vectors } = symmetricEigen(matrix, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let [again, unit] = [0, 0];
      for (let k = 0; k < n; k++) {
        again += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
        unit += vectors[i * n + k]! * vectors[j * n + k]!;
      }
      expect(again).toBeCloseTo(matrix[i * n + j]!, 10);
      expect(unit).toBeCloseTo(i === j ? 1 : 0, 10);
    }
  }
});

describe.each(BASELINES)('$name', (baseline) => {
  it('has sparse codes and an error between none and that of the mean', async () => {
    const coder = await baseline.fit(points, options);
    const { codes, sums } = await coder.evaluate(points);
    const alone = await coder.encode(points);
    expect([...alone.index]).toEqual([...codes.index]);
    expect(codes.value.every((value) => value >= 0)).toBe(true);
    const spread = createSpread();
    spread.add(points, points.length / D);
    const share = sums.squaredError[0]! / spread.total();
    expect(share).toBeLessThan(1);
    if (baseline.name === 'neurons') expect(share).toBeCloseTo(0, 9);
    if (baseline.name === 'pca') {
      expect(share).toBeCloseTo(expected.pca.normalizedErrorOfTwo, 5);
      expect(sums.l0).toBe(2 * expected.points.length);
    }
    await coder.close();
  });
});
