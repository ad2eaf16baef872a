import { afterAll, describe, expect, it } from 'vitest';
import { kernelBackends } from '../../../test/helpers/kernel-backends.ts';
import { referenceKernels } from './reference/kernels.ts';
import type { DeviceCoder, Kernels, ParameterName } from './types.ts';

const { backends, closeAll } = kernelBackends();
afterAll(closeAll);

const [dIn, dOut, dSae] = [4, 3, 5];
const RATE = 2 ** -10;
const zeros = { wEnc: dSae * dIn, bEnc: dSae, wDec: dSae * dOut, bDec: dOut } as const;

/**
 * Steps from the same weights on the same batch, so that every gradient stays what it is: Adam then moves each number
 * by the rate, in each step. Returns what was moved, by steps; numbers without a gradient are left out.
 */
async function movements(kernels: Kernels, steps: number): Promise<number[][]> {
  const options = { dIn, dOut, dSae, maxRows: 1, train: true, inputBias: 'none' } as const;
  const coder = await kernels.createCoder(options);
  const moved: number[][] = [];
  try {
    for (let step = 1; step <= steps; step++) {
      await restart(coder);
      const [x, y] = [Float32Array.of(1, -2, 0.5, 3), Float32Array.of(0.3, -1, 2)];
      const select = { kind: 'threshold', width: 0 } as const;
      await coder.step(x, y, { select, prefixes: [dSae], l1: 0.7, l0: 0 });
      const adam = { removeParallel: false, unitNorm: false, trainThreshold: false };
      await coder.update({ learningRate: RATE, step, epsilon: 1e-30, ...adam });
      const all: number[] = [];
      for (const name of Object.keys(zeros) as ParameterName[])
        all.push(...(await coder.read(name)));
      moved.push(all.filter((value) => value !== 0 && Math.abs(value) < 0.5));
    }
  } finally {
    coder.close();
  }
  return moved;
}

/** All zero but the bias of the encoder, which fires every latent. */
async function restart(coder: DeviceCoder): Promise<void> {
  for (const [name, n] of Object.entries(zeros)) {
    const value = name === 'bEnc' ? 1 : 0;
    await coder.write(name as ParameterName, new Float32Array(n).fill(value));
  }
}

it('moves every number by the rate under a steady gradient, in the reference', async () => {
  for (const moved of await movements(referenceKernels(), 3)) {
    expect(moved).toHaveLength(dSae * dIn + dSae * dOut + dOut);
    expect(moved.map(Math.abs)).toBeClose(
      moved.map(() => RATE),
      { relative: 1e-7, absolute: 0 },
    );
  }
});

describe.each(backends)('%s', (_, start) => {
  it('moves every number by the rate under a steady gradient, within the rounding of float32', async ({
    skip,
  }) => {
    // The second step can tell the share of the old moments from that of the new.
    for (const moved of await movements(await start(skip), 5)) {
      expect(moved).toHaveLength(dSae * dIn + dSae * dOut + dOut);
      expect(moved.map(Math.abs)).toBeClose(
        moved.map(() => RATE),
        { relative: 4e-7, absolute: 0 },
      );
    }
  });
});
