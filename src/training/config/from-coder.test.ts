import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memorySource } from '../../../test/helpers/memory-source.ts';
import { Random } from '../../base/random.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { Activation, ActivationChoice } from '../../sae/activation-functions/registry.ts';
import { readCheckpoint, writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { coderAtWork } from '../../sae/coder-at-work.ts';
import { startFromCoder } from '../../sae/learning/from-coder.ts';
import { createLearner } from '../../sae/learning/learner.ts';
import { trainGroup } from '../group/group.ts';
import { coderToStartFrom, scalingToStartFrom, settingsOfCoder } from './from-coder.ts';
import { TrainConfig, type TrainConfigInput } from './train-config.ts';

const [D, S, ROWS] = [6, 14, 40];
const kernels = referenceKernels();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-from-'));
});
afterAll(() => rm(folder, { recursive: true }));

const drawn = (n: number, seed: number, size = 1): Float32Array => {
  const random = new Random(seed);
  return new Float32Array(n).map(() => size * random.normal());
};

/** A coder whose decoder rows have norms of their own. */
function randomCoder(
  seed: number,
  activation: Activation,
  more: Partial<SparseCoder['config']> = {},
): SparseCoder {
  const dIn = more.dIn ?? D;
  const isThresholded = activation.kind === 'jumprelu';
  const isGated = activation.kind === 'gated';
  return {
    config: {
      dIn,
      dOut: dIn,
      dSae: S,
      activation,
      subtractDecoderBias: seed % 2 === 0,
      metadata: {},
      ...more,
    },
    weights: {
      wEnc: drawn(S * dIn, seed),
      bEnc: drawn(S, seed + 1, 0.3),
      wDec: drawn(S * dIn, seed + 2),
      bDec: drawn(dIn, seed + 3),
      ...(isThresholded ? { threshold: drawn(S, seed + 4).map((x) => 0.1 + Math.abs(x)) } : {}),
      ...(isGated ? { gated: { rMag: drawn(S, seed + 5, 0.3), bGate: drawn(S, seed + 6) } } : {}),
    },
  };
}

it('starts a learner that reconstructs as the coder does, whatever its biases, norms and thresholds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1e6 }),
      fc.constantFrom('relu', 'jumprelu', 'gated'),
      fc.boolean(),
      fc.constantFrom('none', 'decoder', 'own'),
      fc.boolean(),
      async (seed, kind, gates, inputBias, normalizeWDec) => {
        const coder = randomCoder(seed, { kind });
        const x = drawn(ROWS * D, seed + 9);
        const gated = gates || kind === 'gated';
        const choice: ActivationChoice = gated
          ? { kind: 'gated', gateRule: 'dictionaryLearning' }
          : kind === 'relu'
            ? { kind }
            : { kind: 'jumprelu', bandwidth: 0.1, threshold: 0.1 };
        const learner = await createLearner(kernels, {
          dIn: D,
          dOut: D,
          dSae: S,
          activation: choice,
          objective: { kind: 'vanilla' },
          inputBias,
          normalizeWDec,
          removeParallelGrads: true,
          maxRows: ROWS,
          weights: startFromCoder(coder, {
            inputBias,
            normalizeWDec,
            keepsThresholds: true,
            gated,
          }),
          seed: 0,
        });
        const options = { kernels, maxRows: ROWS };
        const before = await coderAtWork(coder, options);
        const after = await coderAtWork(await learner.coder({}), options);
        const [wanted, got] = [await before.reconstruct(x), await after.reconstruct(x)];
        for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 3);
        learner.close();
        await before.close();
        await after.close();
      },
    ),
    { numRuns: 40 },
  );
});

it('goes on with a published coder, on rows scaled as it was trained', async () => {
  const mean = drawn(D, 77);
  const normalization = { mean, scale: 1.7 };
  const path = join(folder, 'scaled');
  const activation = { kind: 'topk', k: 3 } as const;
  const made = randomCoder(2, activation, { normalization });
  await writeCheckpoint(made, path, 'saelens');
  const read = await readCheckpoint(path);
  const found = await settingsOfCoder(path);
  expect(found.sae).toMatchObject({ ...activation, dSae: S, inputBias: 'decoder' });
  const settings: TrainConfigInput = {
    ...found,
    sae: { ...found.sae, normalizeWDec: false } as TrainConfigInput['sae'],
    from: path,
    lr: 0,
    nPatches: 60,
    saeBatchSize: 20,
    track: false,
    runRoot: join(folder, 'runs'),
  };
  const config = TrainConfig.parse(settings);
  const scaling = await scalingToStartFrom(config);
  expect(scaling?.scalar).toBeCloseTo(1.7, 6);
  expect(scaling?.mean).toEqual(mean);
  const acts = drawn(ROWS * D, 5);
  const source = memorySource(acts, { nExamples: ROWS, rowsPerExample: 1, dModel: D });
  const [run] = await trainGroup([config], source, { kernels });
  const trained = await readCheckpoint(join(run!.path, 'checkpoint'));
  expect(trained.config.activation).toEqual(activation);
  const options = { kernels, maxRows: ROWS };
  const before = await coderAtWork(read, options);
  const after = await coderAtWork(trained, options);
  // Without a learning rate nothing moves: codes of rows on the scale of training are the same latents.
  const [wanted, got] = [await before.encodeScaled(acts), await after.encodeScaled(acts)];
  expect(got.index.length).toBeGreaterThan(ROWS);
  expect([got.rowStart, got.index]).toEqual([wanted.rowStart, wanted.index]);
  await before.close();
  await after.close();
});

it('keeps the threshold that a BatchTopK coder has learnt', async () => {
  const path = join(folder, 'batchtopk');
  const coder = randomCoder(10, { kind: 'batchtopk', k: 2 });
  const weights = { ...coder.weights, threshold: Float32Array.of(0.75) };
  await writeCheckpoint({ ...coder, weights }, path, 'saelens');
  const read = await readCheckpoint(path);
  const start = startFromCoder(read, {
    inputBias: 'decoder',
    normalizeWDec: true,
    keepsThresholds: true,
    gated: false,
  });
  expect([read.config.activation.kind, start.threshold?.[0]]).toEqual(['batchtopk', 0.75]);
});

it('says no scale of rows where the checkpoint says that there is none', async () => {
  const path = join(folder, 'plain');
  const metadata = { trainConfig: { objective: { sparsityCoeff: 0.02 } } };
  await writeCheckpoint(randomCoder(4, { kind: 'relu' }, { metadata }), path, 'saelens');
  const found = await settingsOfCoder(path);
  expect(found.objective).toEqual({ sparsityCoeff: 0.02 });
  expect(found.data).toEqual({ scaleMean: false, scaleNorm: false });
  expect(await scalingToStartFrom(TrainConfig.parse({ ...found, from: path }))).toBeUndefined();
});

it.each([
  ['another width', {}, { dIn: 7, dOut: 7 }, /reads 6 dimensions, but the activations have 7/],
  ['another size', { sae: { dSae: 15 } }, {}, /invalid number of latents: 15, but .* has 14/],
  ['no coder', { from: 'nowhere/at-all' }, {}, /missing checkpoint/],
])('refuses %s in a sentence', async (_, change, widths, message) => {
  const path = join(folder, 'plain');
  const config = TrainConfig.parse({ sae: { dSae: S }, from: path, ...change });
  await expect(coderToStartFrom(config, { dIn: D, dOut: D, ...widths })).rejects.toThrow(message);
});

it('refuses to train a gated coder as one without gates', async () => {
  const path = join(folder, 'gated');
  await writeCheckpoint(randomCoder(4, { kind: 'gated' }), path, 'saelens');
  const { sae } = await settingsOfCoder(path);
  expect(sae).toMatchObject({ kind: 'gated', dSae: S, inputBias: 'decoder' });
  const asked = (kind: string): TrainConfig =>
    TrainConfig.parse({ sae: { kind, dSae: S }, from: path });
  const widths = { dIn: D, dOut: D };
  expect((await coderToStartFrom(asked('gated'), widths))?.config.dSae).toBe(S);
  await expect(coderToStartFrom(asked('relu'), widths)).rejects.toThrow(
    /invalid sae.kind: relu, but '.*' is a gated coder/,
  );
});

it('trains on a coder with negative codes as one without, and on a skip connection as such', async () => {
  const signed = join(folder, 'signed');
  await writeCheckpoint(randomCoder(6, { kind: 'topk', k: 2, signed: true }), signed, 'saev');
  expect((await settingsOfCoder(signed)).sae).toEqual({
    kind: 'topk',
    k: 2,
    dSae: S,
    inputBias: 'none',
  });
  const skipping = join(folder, 'skipping');
  const coder = randomCoder(
    8,
    { kind: 'relu' },
    { isTranscoder: true, subtractDecoderBias: false },
  );
  const weights = { ...coder.weights, wSkip: drawn(D * D, 9) };
  await writeCheckpoint({ ...coder, weights }, skipping, 'saelens');
  expect((await settingsOfCoder(skipping)).sae).toMatchObject({ kind: 'relu', skip: true });
  const asked = (skip: boolean): TrainConfig =>
    TrainConfig.parse({ sae: { skip, dSae: S }, from: skipping });
  const widths = { dIn: D, dOut: D };
  const start = startFromCoder((await coderToStartFrom(asked(true), widths))!, {
    inputBias: 'own',
    normalizeWDec: true,
    keepsThresholds: true,
    gated: false,
  });
  expect(start.wSkip).toEqual(weights.wSkip);
  await expect(coderToStartFrom(asked(false), widths)).rejects.toThrow(
    /invalid sae.skip: false, but '.*' has a skip connection/,
  );
});
