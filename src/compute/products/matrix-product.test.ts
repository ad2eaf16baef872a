import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { openMatrixProduct } from './open.ts';

describe.each([
  ['what the machine has', {}],
  ['onnxruntime', { blas: 'none' }],
  ['onnxruntime in several panels', { blas: 'none', panelSize: 200 }],
])('by %s', (_, how) => {
  it('multiplies as the definition does', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.boolean(), fc.nat(), async (...drawn) => {
        const [rows, inner, outer, transposed, seed] = drawn;
        const random = new Random(seed);
        const x = Float32Array.from({ length: rows * inner }, () => random.normal());
        const matrix = Float32Array.from({ length: inner * outer }, () => random.normal());
        const at = (i: number, j: number): number =>
          matrix[transposed ? j * inner + i : i * outer + j]!;
        const expected = Float32Array.from({ length: rows * outer }, (__, entry) => {
          const [r, j] = [Math.floor(entry / outer), entry % outer];
          let sum = 0;
          for (let i = 0; i < inner; i++) sum += x[r * inner + i]! * at(i, j);
          return sum;
        });
        const product = await openMatrixProduct(matrix, { inner, outer, transposed, ...how });
        const y = await product.times(x);
        expect(y).toBeClose(expected, { relative: 1e-5, absolute: 1e-5 });
        expect((await product.times(new Float32Array(0))).length).toBe(0);
        await product.close();
      }),
      { numRuns: 'blas' in how ? 4 : 40 },
    );
  });

  it('refuses rows and matrices of another width', async () => {
    const options = { inner: 3, outer: 2, ...how };
    await expect(openMatrixProduct(new Float32Array(5), options)).rejects.toThrow('3 × 2 numbers');
    const product = await openMatrixProduct(new Float32Array(6), options);
    await expect(product.times(new Float32Array(4))).rejects.toThrow('rows of 3');
    await product.close();
  });
});
