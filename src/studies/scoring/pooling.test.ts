import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsOf } from '../../../test/helpers/scoring.ts';
import { createPooler } from './pooling.ts';

const dense = [
  [1, 0, 0],
  [3, 2, 0],
  [0, 0, 0],
  [0, 0, 0],
  [0, 5, 1],
  [0, 1, 1],
];

it.each([
  ['max', [3, 2, 0], [0, 0, 0], [0, 5, 1]],
  ['sum', [4, 2, 0], [0, 0, 0], [0, 6, 2]],
  ['mean', [2, 1, 0], [0, 0, 0], [0, 3, 1]],
] as const)('pools by %s, however the rows come', (pool, ...expected) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), (size) => {
      const pooler = createPooler(pool, { columns: 3, rowsPerExample: 2 });
      const found = new Map<number, number[]>();
      const parts = [];
      for (let first = 0; first < dense.length; first += size) {
        const some = dense.slice(first, first + size);
        parts.push(pooler.push(rowsOf(some, 3, { first, perExample: 2 })));
      }
      for (const { codes, exampleIndex, tokenIndex } of [...parts, pooler.end()]) {
        for (let row = 0; row + 1 < codes.rowStart.length; row++) {
          const values = [0, 0, 0];
          for (let p = codes.rowStart[row]!; p < codes.rowStart[row + 1]!; p++)
            values[codes.index[p]!] = codes.value[p]!;
          found.set(exampleIndex[row]!, values);
          expect(tokenIndex[row]).toBe(-1);
        }
      }
      expect([...found]).toEqual(expected.map((values, example) => [example, [...values]]));
    }),
  );
});

it('leaves CLS aside where there are patches, and refuses examples that come apart', () => {
  const pooler = createPooler('max', { columns: 3, rowsPerExample: 3 });
  const rows = rowsOf(
    [
      [9, 9, 9],
      [1, 0, 0],
      [0, 2, 0],
      [1, 1, 1],
    ],
    3,
  );
  pooler.push({ ...rows, exampleIndex: [4, 4, 4, 5], tokenIndex: [-1, 0, 1, 0] });
  const again = rowsOf([[1, 0, 0]], 3);
  expect(() => pooler.push({ ...again, exampleIndex: [4], tokenIndex: [2] })).toThrow('apart');
  expect(Array.from(pooler.end().codes.value)).toEqual([1, 1, 1]);
});
