// L0 drawn towards a target: where thresholds start, where they go, and that a restored learner goes on alike.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import type { ActivationChoice } from '../activation-functions/registry.ts';
import { initWeights } from './init.ts';
import { createLearner, type Learner } from './learner.ts';

const [D, LATENTS, ROWS, TARGET] = [16, 48, 64, 6];

let kernels: Kernels;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 1 });
});
afterAll(() => kernels.close());

/** Rows of norm about √d, each the sum of six of 64 directions. */
function batches(): () => Float32Array {
  const random = new Random(4);
  const directions = Float32Array.from({ length: 64 * D }, () => random.normal());
  return () => {
    const x = new Float32Array(ROWS * D);
    for (let r = 0; r < ROWS; r++) {
      for (let n = 0; n < TARGET; n++) {
        const from = random.int(64) * D;
        const size = (1 + random.float()) / 4;
        for (let i = 0; i < D; i++) x[r * D + i]! += size * directions[from + i]!;
      }
    }
    return x;
  };
}

function learnerOf(activation: ActivationChoice): Promise<Learner> {
  return createLearner(kernels, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation,
    objective: { kind: 'vanilla' },
    inputBias: 'decoder',
    removeParallelGrads: true,
    normalizeWDec: true,
    maxRows: ROWS,
    weights: initWeights({
      dIn: D,
      dOut: D,
      dSae: LATENTS,
      seed: 1,
      encoder: 'transposed',
      norm: 1,
    }),
    seed: 1,
  });
}

const rates = { learningRate: 3e-3, sparsityCoeff: 4 };

it.each(['batch', 'row'] as const)(
  'holds the L0 of a %s from the first step on',
  async (targetOf) => {
    const learner = await learnerOf({ kind: 'jumprelu', targetL0: TARGET, targetOf });
    const next = batches();
    const counts: number[] = [];
    for (let step = 0; step < 400; step++)
      counts.push((await learner.step(next(), undefined, rates)).l0);
    // All but the code whose value is the threshold.
    expect(counts[0]).toBe(TARGET - 1 / ROWS);
    const last = counts.slice(-50).reduce((a, b) => a + b, 0) / 50;
    expect(Math.abs(last - TARGET)).toBeLessThan(1);
    learner.close();
  },
);

it('goes on alike when it is restored: the kernel is as wide as the first batch made it', async () => {
  const learner = await learnerOf({ kind: 'jumprelu', targetL0: TARGET });
  const next = batches();
  for (let step = 0; step < 5; step++) await learner.step(next(), undefined, rates);
  const other = await learnerOf({ kind: 'jumprelu', targetL0: TARGET });
  await other.restore(await learner.save());
  const x = next();
  const losses = await learner.step(x, undefined, rates);
  expect(await other.step(x, undefined, rates)).toEqual(losses);
  expect((await other.coder({})).weights).toEqual((await learner.coder({})).weights);
  learner.close();
  other.close();
});

it('brings latents that never fire up to their thresholds', async () => {
  const firing = async (preActCoeff: number): Promise<number> => {
    const tanh = { sparsityLoss: 'tanh', threshold: 4, bandwidth: 0.3 } as const;
    const learner = await learnerOf({ kind: 'jumprelu', ...tanh, preActCoeff });
    const next = batches();
    const fired = new Uint8Array(LATENTS);
    for (let step = 0; step < 100; step++) {
      const dead = fired.map((has) => 1 - has);
      await learner.step(next(), undefined, { learningRate: 1e-2, sparsityCoeff: 1e-3, dead });
      (await learner.fired()).forEach((n, s) => {
        if (n > 0) fired[s] = 1;
      });
    }
    learner.close();
    return fired.reduce((a, b) => a + b, 0);
  };
  const [without, with_] = [await firing(1e-9), await firing(0.01)];
  expect(without).toBeLessThan(LATENTS - 10);
  expect(with_).toBe(LATENTS);
});
