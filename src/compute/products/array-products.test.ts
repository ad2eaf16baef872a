import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { openArrayGemm } from './open.ts';

describe.each([
  ['what the machine has', undefined],
  ["the kernels' own code", 'none'],
])('by %s', (_, blas) => {
  const opened = openArrayGemm(blas);

  it('multiplies parts of arrays, transposed or not, over or onto what is there', async () => {
    const gemm = await opened;
    const size = fc.integer({ min: 1, max: 40 });
    const flag = fc.boolean();
    await fc.assert(
      fc.asyncProperty(size, size, size, flag, flag, flag, fc.nat(), async (m, n, k, ...rest) => {
        const [ta, tb, add, seed] = rest;
        const random = new Random(seed);
        const matrix = (rows: number, columns: number): { data: Float32Array; stride: number } => {
          const stride = columns + 3;
          return {
            data: Float32Array.from({ length: rows * stride }, () => random.normal()),
            stride,
          };
        };
        const a = { ...(ta ? matrix(k, m) : matrix(m, k)), transposed: ta };
        const b = { ...(tb ? matrix(n, k) : matrix(k, n)), transposed: tb };
        const c = matrix(m, n);
        const expected = c.data.slice();
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = add ? c.data[i * c.stride + j]! : 0;
            for (let l = 0; l < k; l++) {
              const x = a.data[ta ? l * a.stride + i : i * a.stride + l]!;
              sum += x * b.data[tb ? j * b.stride + l : l * b.stride + j]!;
            }
            expected[i * c.stride + j] = sum;
          }
        }
        await gemm([m, n, k], a, b, { ...c, add });
        expect(c.data).toBeClose(expected, { relative: 1e-5, absolute: 1e-5 });
      }),
      { numRuns: 60 },
    );
  });

  it('leaves everything as it is when there is nothing to add', async () => {
    const gemm = await opened;
    const c = Float32Array.of(1, 2);
    const none = { data: new Float32Array(0), stride: 1 };
    await gemm([1, 2, 0], none, none, { data: c, stride: 2, add: true });
    expect([...c]).toEqual([1, 2]);
  });
});

it('multiplies large products on background threads', async () => {
  const n = 160;
  const random = new Random(3);
  const a = Float32Array.from({ length: n * n }, () => random.normal());
  const unit = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const c = new Float32Array(n * n);
  const stride = n;
  const gemm = await openArrayGemm();
  await gemm([n, n, n], { data: a, stride }, { data: unit, stride }, { data: c, stride });
  expect(c).toEqual(a);
});
