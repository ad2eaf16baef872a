import { expect, test } from 'vitest';
import { createDistributions } from './distributions.ts';

test('all rows are kept while they are few', () => {
  expect(createDistributions(3, { length: 10, rowsPerExample: 5 })).toMatchObject({
    nRows: 10,
    stride: 1,
  });
});

test('a sample of many rows visits every position within an example', () => {
  const { stride, nRows, values } = createDistributions(2, {
    length: 6_400,
    rowsPerExample: 64,
    limit: 1_000,
  });
  expect(values.length).toBeLessThanOrEqual(1_000);
  const positions = new Set(Array.from({ length: nRows }, (_, r) => (r * stride) % 64));
  expect(positions.size).toBe(64);
});
