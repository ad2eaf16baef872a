// The original's own cases for its mean squared error, on the sums that the kernels give.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';

describe.each([
  ['reference', async () => referenceKernels()],
  ['cpu', () => cpuKernels({ threads: 1 })],
] as [string, () => Promise<Kernels>][])('mean squared error, %s', (_, open) => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await open();
  });
  afterAll(() => kernels.close());

  /** The error of the constant reconstruction `xHat` of rows `[rows, d]` that are all `x`. */
  async function mse(rows: number, d: number, x: number, xHat: number): Promise<number> {
    const coder = await kernels.createCoder({
      dIn: d,
      dOut: d,
      dSae: 3,
      maxRows: rows,
      train: true,
      inputBias: 'decoder',
    });
    await coder.write('bDec', new Float32Array(d).fill(xHat));
    const acts = new Float32Array(rows * d).fill(x);
    const select = { kind: 'threshold', width: 0 } as const;
    const { sums } = await coder.evaluate(acts, undefined, select);
    const stepped = await coder.step(acts, undefined, { select, prefixes: [3], l1: 0, l0: 0 });
    expect(stepped.squaredError).toBeClose(sums.squaredError, { relative: 1e-6 });
    coder.close();
    return sums.squaredError[0]! / (rows * d);
  }

  it('is 0 for equal rows', async () => {
    expect(await mse(45, 12, 1, 1)).toBe(0);
  });
  it('is the mean square of x where the reconstruction is 0', async () => {
    expect(await mse(3, 2, 1, 0)).toBe(1);
  });
  it('is the squared difference of constants', async () => {
    expect(await mse(3, 2, 3, 1)).toBe(4);
  });
  it('does not overflow for activations whose square does in float32', async () => {
    const error = await mse(3, 2, 3e28, 1);
    expect(Number.isFinite(error)).toBe(true);
    expect(error / 9e56).toBeCloseTo(1, 5);
  });
});
