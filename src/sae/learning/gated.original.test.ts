// Gated coders as the programs train them that have them, from the same weights and batches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { createLearner } from './learner.ts';

const [D, LATENTS, ROWS, STEPS, LR, L1] = [24, 96, 64, 50, 3e-3, 0.4];

let start: SafetensorsFile;
let golden: SafetensorsFile;
let kernels: Kernels[];
beforeAll(async () => {
  const file = (name: string): string =>
    new URL(`../../../fixtures/training/${name}.safetensors`, import.meta.url).pathname;
  start = await openSafetensors(file('language'));
  golden = await openSafetensors(file('gated'));
  kernels = [
    await cpuKernels({ threads: 2, products: 'sparse' }),
    await cpuKernels({ threads: 2, products: 'dense' }),
  ];
});
afterAll(async () => {
  for (const each of kernels) await each.close();
  await start.close();
  await golden.close();
});

it.each([
  ['dl', 'dictionaryLearning', 0],
  ['dl', 'dictionaryLearning', 1],
  ['sl', 'saelens', 0],
  ['sl', 'saelens', 1],
] as const)('50 steps of %s (%s), products %d', async (name, gateRule, products) => {
  const isConstrained = name === 'dl';
  const learner = await createLearner(kernels[products]!, {
    dIn: D,
    dOut: D,
    dSae: LATENTS,
    activation: { kind: 'gated', gateRule },
    objective: { kind: 'vanilla' },
    inputBias: 'decoder',
    removeParallelGrads: isConstrained,
    normalizeWDec: isConstrained,
    maxRows: ROWS,
    weights: {
      wEnc: transpose(await start.readFloat32('sae.W_enc'), D, LATENTS),
      bEnc: await golden.readFloat32('start.b_mag'),
      wDec: await start.readFloat32('sae.W_dec'),
      bDec: await start.readFloat32('sae.b_dec'),
      gated: {
        rMag: await golden.readFloat32('start.r_mag'),
        bGate: await start.readFloat32('sae.b_enc'),
      },
    },
    seed: 0,
  });
  const x = await start.readFloat32('x');
  const rates = isConstrained ? ((await golden.read('dl.lr')).data as Float64Array) : undefined;
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const from = (step * ROWS * D) % x.length;
    const found = await learner.step(x.slice(from, from + ROWS * D), undefined, {
      learningRate: rates?.[step] ?? LR,
      // The programs sum errors over dimensions.
      sparsityCoeff: L1 / D,
    });
    losses.push(found.loss);
  }
  const limit = 3e-6;
  expect(losses, 'loss').toBeClose((await golden.read(`${name}.loss`)).data as Float64Array, {
    relative: limit,
    absolute: 0,
  });
  const { wEnc, bEnc, wDec, bDec, gated } = (await learner.coder({})).weights;
  const found = {
    W_enc: transpose(wEnc, LATENTS, D),
    W_dec: wDec,
    b_dec: bDec,
    b_mag: bEnc,
    b_gate: gated!.bGate,
    r_mag: gated!.rMag,
  };
  for (const [key, values] of Object.entries(found)) {
    expect(values, key).toBeNear(await golden.readFloat32(`${name}.final.${key}`), limit);
  }
  learner.close();
});
