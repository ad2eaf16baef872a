// Against tensors that the original program's visuals wrote (fixtures/visuals/make.py).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  denseReluEncoder,
  identityEncoder,
  memorySource,
} from '../../../test/helpers/memory-source.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { openFeatureFile, writeFeatureFile } from '../feature-file/feature-file.ts';
import { type Collected, collectFeatures } from './collector.ts';
import { SKETCH_ERROR } from './log-sketch.ts';
import { createPercentileEstimator } from './percentile-estimator.ts';

const golden = await openSafetensors('fixtures/visuals/golden.safetensors');
const [nExamples, allPatches, dModel] = golden.tensors.get('acts')!.shape as [
  number,
  number,
  number,
];
const nPatches = allPatches - 1;
const dSae = golden.tensors.get('b_enc')!.shape[0]!;
const folder = await mkdtemp(join(tmpdir(), 'saev-visuals-'));
afterAll(() => rm(folder, { recursive: true }));

const encoder = denseReluEncoder(await coder());
const acts = await golden.readFloat32('acts');

const modes = {
  patch: await collect('patch', 24),
  cls: await collect('cls', 5),
};

describe.each(['patch', 'cls'] as const)('visuals sorted by %s', (mode) => {
  test('sparsity and mean values equal the original', async () => {
    const features = await reread(mode);
    expect(features.sparsity).toBeClose(await golden.readFloat32(`${mode}.sparsity`), {
      relative: 1e-6,
    });
    expect(features.meanValues).toBeClose(await golden.readFloat32(`${mode}.mean_values`), {
      relative: 1e-5,
    });
    await features.close();
  });

  test('the original list without its repeated images is the beginning of ours', async () => {
    const features = await reread(mode);
    const images = Array.from((await golden.read(`${mode}.top_i`)).data, Number);
    const values = await golden.readFloat32(`${mode}.top_values`);
    const k = golden.tensors.get(`${mode}.top_i`)!.shape[1]!;
    const width = mode === 'patch' ? nPatches : 1;
    let compared = 0;
    for (let latent = 0; latent < dSae; latent++) {
      const theirs = Array.from({ length: k }, (_, j) => ({
        image: images[latent * k + j],
        values: values.subarray((latent * k + j) * width, (latent * k + j + 1) * width),
      }))
        .filter((entry) => Math.max(...entry.values) > 0)
        .filter((entry, j, all) => all.findIndex((other) => other.image === entry.image) === j);
      const ours = await features.top(latent);
      theirs.forEach((entry, j) => {
        expect(ours[j]!.example).toBe(entry.image);
        const dense = new Float32Array(width);
        ours[j]!.map.token.forEach((t, i) => {
          dense[t] = ours[j]!.map.value[i]!;
        });
        expect(dense).toBeClose(entry.values, { relative: 1e-5, absolute: 1e-6 });
        compared++;
      });
    }
    expect(compared).toBeGreaterThan(30);
    await features.close();
  });

  test('the running percentile repeats the original, drift and all', async () => {
    const estimates = await golden.readFloat32(`${mode}.percentiles`);
    expect(modes[mode].estimate).toBeClose(estimates, { relative: 1e-6, absolute: 1e-7 });
  });
});

test('percentiles are true ones within the error of the sketch', async () => {
  const features = await reread('patch');
  const exact = await golden.readFloat32('codes.percentiles');
  expect(features.percentiles).toBeClose(exact, { relative: SKETCH_ERROR + 1e-6, absolute: 1e-6 });
  const estimates = await golden.readFloat32('patch.percentiles');
  const errorOf = (a: ArrayLike<number>): number =>
    exact.reduce((sum, value, i) => sum + Math.abs(value - a[i]!), 0);
  expect(errorOf(features.percentiles)).toBeLessThan(0.05 * errorOf(estimates));
  await features.close();
});

test('distributions equal the original where it has one row an image', async () => {
  const { values } = modes.cls.collected.distributions;
  expect(values).toBeClose(await golden.readFloat32('cls.distributions'), {
    relative: 1e-5,
    absolute: 1e-6,
  });
});

test('the values of listed images are the rows of the dense tensor', async () => {
  // The original's own unit test: 4 latents, 2 images, 8 patches, numbered 0 … 63.
  const numbered = new Float32Array(64);
  for (let latent = 0; latent < 4; latent++) {
    for (let row = 0; row < 16; row++) numbered[row * 4 + latent] = latent * 16 + row;
  }
  const { top } = await collectFeatures(
    memorySource(numbered, { nExamples: 2, rowsPerExample: 8, dModel: 4 }),
    identityEncoder(4),
    { rankBy: 'max', topK: 2, batchSize: 16, nDistributions: 0 },
  );
  for (const [latent, image] of [
    [1, 0],
    [2, 1],
    [3, 1],
  ] as const) {
    const entry = top.list(latent).find(({ example }) => example === image)!;
    const first = latent * 16 + image * 8;
    expect([...entry.map.value]).toEqual(Array.from({ length: 8 }, (_, i) => first + i));
  }
});

async function collect(
  mode: 'patch' | 'cls',
  topK: number,
): Promise<{ collected: Collected; estimate: Float32Array }> {
  const rowsPerExample = mode === 'patch' ? nPatches : 1;
  const rows: number[] = [];
  for (let image = 0; image < nExamples; image++) {
    const first = image * allPatches + (mode === 'patch' ? 1 : 0);
    rows.push(...acts.subarray(first * dModel, (first + rowsPerExample) * dModel));
  }
  const shape = { nExamples, rowsPerExample, dModel };
  const source = memorySource(Float32Array.from(rows), shape);
  const estimator = createPercentileEstimator(99, source.length, { size: dSae });
  const collected = await collectFeatures(source, encoder, {
    rankBy: 'max',
    topK,
    batchSize: 50,
    nDistributions: 3,
    observe: ({ rowStart, index, value }) => {
      for (let row = 0; row + 1 < rowStart.length; row++) {
        const dense = new Float32Array(dSae);
        for (let e = rowStart[row]!; e < rowStart[row + 1]!; e++) dense[index[e]!] = value[e]!;
        estimator.update(dense);
      }
    },
  });
  await writeFeatureFile(join(folder, mode), collected, { percentile: 99, key: { mode } });
  return { collected, estimate: estimator.estimate };
}

function reread(mode: string): ReturnType<typeof openFeatureFile> {
  return openFeatureFile(join(folder, mode));
}

async function coder(): Promise<SparseCoder> {
  const stored = await golden.readFloat32('W_enc');
  const wEnc = new Float32Array(stored.length);
  for (let i = 0; i < dModel; i++) {
    for (let latent = 0; latent < dSae; latent++) {
      wEnc[latent * dModel + i] = stored[i * dSae + latent]!;
    }
  }
  return {
    config: {
      dIn: dModel,
      dOut: dModel,
      dSae,
      activation: { kind: 'relu' },
      subtractDecoderBias: true,
      metadata: {},
    },
    weights: {
      wEnc,
      bEnc: await golden.readFloat32('b_enc'),
      wDec: await golden.readFloat32('W_dec'),
      bDec: await golden.readFloat32('b_dec'),
    },
  };
}
