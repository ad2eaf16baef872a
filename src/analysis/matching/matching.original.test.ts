// Assignments beside scipy's, and by trying everything.
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import expected from '../../../fixtures/synthetic/assignment.json' with { type: 'json' };
import { openSafetensors } from '../../formats/safetensors.ts';
import { assignRows } from './assignment.ts';
import { matchFeatures } from './match.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/synthetic/${name}`, import.meta.url));

const total = (matrix: Float32Array, columns: number, columnOf: Int32Array): number =>
  columnOf.reduce((sum, j, i) => (j < 0 ? sum : sum + matrix[i * columns + j]!), 0);

/** The largest sum of any assignment, by trying all. */
function best(matrix: readonly number[][], free: readonly number[]): number {
  const [first, ...others] = matrix;
  if (first === undefined) return 0;
  const left = others.length >= free.length ? [best(others, free)] : [];
  return Math.max(
    ...free.map(
      (j) =>
        first[j]! +
        best(
          others,
          free.filter((k) => k !== j),
        ),
    ),
    ...left,
  );
}

describe('an assignment', () => {
  it.each(Object.entries(expected))(
    'of the %s matrix is as good as that of scipy',
    async (name, sum) => {
      const matrices = await openSafetensors(file('assignment.safetensors'));
      const [rows, columns] = matrices.tensors.get(name)!.shape as [number, number];
      const matrix = await matrices.readFloat32(name);
      const columnOf = assignRows(matrix, rows, columns);
      const used = columnOf.filter((j) => j >= 0);
      expect(new Set(used).size).toBe(Math.min(rows, columns));
      expect(total(matrix, columns, columnOf)).toBeCloseTo(sum, 4);
      await matrices.close();
    },
  );

  it('is the best of all', () => {
    const cell = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.float({ min: -1, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(cell, { minLength: 25, maxLength: 25 }),
        (rows, columns, cells) => {
          const matrix = Float32Array.from(cells.slice(0, rows * columns));
          const columnOf = assignRows(matrix, rows, columns);
          const used = columnOf.filter((j) => j >= 0);
          expect(new Set(used).size).toBe(Math.min(rows, columns));
          const table = Array.from({ length: rows }, (_, i) => [
            ...matrix.subarray(i * columns, (i + 1) * columns),
          ]);
          const everything = best(
            table,
            Array.from({ length: columns }, (_, j) => j),
          );
          expect(total(matrix, columns, columnOf)).toBeCloseTo(everything, 5);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not made of what is no number', () => {
    expect(() => assignRows(Float32Array.of(1, Number.NaN), 1, 2)).toThrow('finite');
    expect(() => assignRows(Float32Array.of(1), 1, 2)).toThrow('1 × 2');
  });
});

describe('a matching of features', () => {
  const random = (n: number, seed: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 * (seed + 1)) * 3);

  it('finds a dictionary again that was shuffled, turned over and stretched', async () => {
    const width = 8;
    const a = random(30 * width, 1);
    const order = Array.from({ length: 30 }, (_, i) => (i * 7) % 30);
    const b = Float32Array.from({ length: a.length }, (_, k) => {
      const i = Math.floor(k / width);
      return a[order[i]! * width + (k % width)]! * (i % 2 === 0 ? -2 : 0.5);
    });
    for (const mostCosines of [1e6, 10]) {
      const found = await matchFeatures({ data: a, width }, { data: b, width }, { mostCosines });
      expect(found.method).toBe(mostCosines === 10 ? 'greedy' : 'optimal');
      expect(found.mcc).toBeCloseTo(1, 5);
      expect([...found.partner].map((j) => order[j])).toEqual(
        Array.from({ length: 30 }, (_, i) => i),
      );
    }
  });

  it('is never better greedily, and the same whichever comes first', async () => {
    const width = 5;
    const [a, b] = [random(20 * width, 2), random(35 * width, 3)].map((data) => ({ data, width }));
    const optimal = await matchFeatures(a!, b!);
    const greedy = await matchFeatures(a!, b!, { mostCosines: 1 });
    const turned = await matchFeatures(b!, a!);
    expect(greedy.mcc).toBeLessThanOrEqual(optimal.mcc + 1e-6);
    expect(turned.mcc).toBeCloseTo(optimal.mcc, 5);
    expect(turned.partner.filter((j) => j >= 0)).toHaveLength(20);
    await expect(matchFeatures(a!, { data: random(8, 1), width: 4 })).rejects.toThrow('of 4');
  });
});
