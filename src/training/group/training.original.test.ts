import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transpose } from '../../base/arrays.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { createLearner } from '../../sae/learning/learner.ts';
import type { Losses } from '../../sae/learning/losses.ts';
import { learningRateAt, sparsityAt } from '../config/schedules.ts';

const fixture = (name: string): URL =>
  new URL(`../../../fixtures/training/${name}`, import.meta.url);

const golden = [
  { name: 'relu', runs: [{ lr: 3e-3, sparsityCoeff: 4e-3 }] },
  {
    name: 'sweep',
    runs: [
      { lr: 1e-3, sparsityCoeff: 4e-3 },
      { lr: 3e-3, sparsityCoeff: 1e-3 },
      { lr: 1e-2, sparsityCoeff: 2e-2 },
    ],
  },
];

describe.each([
  ['reference', async () => referenceKernels()],
  ['cpu, sparse', () => cpuKernels({ threads: 2, products: 'sparse' })],
  ['cpu, dense', () => cpuKernels({ threads: 2, products: 'dense' })],
] as [string, () => Promise<Kernels>][])('50 steps of the original trainer, %s', (_, open) => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await open();
  });
  afterAll(() => kernels.close());

  for (const { name, runs } of golden) {
    describe(name, () => {
      let file: SafetensorsFile;
      beforeAll(async () => {
        file = await openSafetensors(fixture(`${name}.safetensors`).pathname);
      });
      afterAll(() => file.close());

      it.each(runs.map((run, i) => [i, run] as const))(
        'run %i',
        async (i, { lr, sparsityCoeff }) => {
          const [dIn, dSae] = file.tensors.get(`initial.${i}.W_enc`)!.shape as [number, number];
          const weights = async (
            when: string,
          ): Promise<Record<'wEnc' | 'bEnc' | 'wDec' | 'bDec', Float32Array>> => ({
            wEnc: transpose(await file.readFloat32(`${when}.${i}.W_enc`), dIn, dSae),
            bEnc: await file.readFloat32(`${when}.${i}.b_enc`),
            wDec: await file.readFloat32(`${when}.${i}.W_dec`),
            bDec: await file.readFloat32(`${when}.${i}.b_dec`),
          });
          const rows = [...((await file.read('rows')).data as BigInt64Array)].map(Number);
          const batches = await file.readFloat32('batches');
          const losses = (await file.read('losses')).data as Float64Array;
          const learner = await createLearner(kernels, {
            dIn,
            dOut: dIn,
            dSae,
            activation: { kind: 'relu' },
            objective: { kind: 'vanilla' },
            inputBias: 'decoder',
            removeParallelGrads: true,
            normalizeWDec: true,
            maxRows: Math.max(...rows),
            weights: await weights('initial'),
            seed: 0,
          });
          const found: Losses[] = [];
          let start = 0;
          for (const [step, n] of rows.entries()) {
            const x = batches.subarray(start * dIn, (start + n) * dIn);
            start += n;
            found.push(
              await learner.step(x, undefined, {
                learningRate: learningRateAt(step, lr, 10),
                sparsityCoeff: sparsityAt(step, sparsityCoeff, 0),
              }),
            );
          }
          expect(found).toHaveLength(50);
          (['loss', 'mse', 'sparsity', 'l0', 'l1'] as const).forEach((key, column) => {
            const expected = rows.map((_, step) => losses[(step * runs.length + i) * 5 + column]!);
            expect(
              found.map((loss) => loss[key]),
              key,
            ).toBeClose(expected, { relative: 2e-6, absolute: 0 });
          });
          const final = await weights('final');
          const { weights: ours } = await learner.coder({});
          for (const key of ['wEnc', 'bEnc', 'wDec', 'bDec'] as const) {
            expect(ours[key], key).toBeNear(final[key], 1e-6);
          }
          learner.close();
        },
      );
    });
  }
});
