// An activation function and an objective that are only here: an object each and a line in their registries, and all
// else follows, from flags to a coder that is read back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ActivationSource, BatchOptions } from '../activations/types.ts';
import { parseFlags } from '../base/config/flags.ts';
import { helpText } from '../base/config/help.ts';
import { loadConfig } from '../base/config/load.ts';
import { shapeOf } from '../base/config/shape.ts';
import { Random } from '../base/random.ts';
import { referenceKernels } from '../compute/kernels/reference/kernels.ts';
import { readCheckpoint, writeCheckpoint } from '../sae/checkpoints/registry.ts';
import { openCoder } from '../sae/open-coder.ts';
import { checkConfig } from './config/checks.ts';
import { TrainConfig } from './config/train-config.ts';
import { trainGroup } from './group/group.ts';

vi.mock('../sae/activation-functions/registry.ts', async (original) => {
  const { ACTIVATION_FUNCTIONS } =
    await original<typeof import('../sae/activation-functions/registry.ts')>();
  const { sameThreshold, trainableActivation } = await import(
    '../sae/activation-functions/activation-function.ts'
  );
  /** `f = pre · 1[pre > floor]`, with a floor that is not learnt. */
  const above = trainableActivation({
    saved: z.strictObject({ kind: z.literal('above'), floor: z.number() }),
    inference: ({ floor }, weights) => ({
      selection: { kind: 'threshold', width: 0 },
      threshold: sameThreshold(weights, floor),
      bEnc: weights.bEnc,
    }),
    schema: z
      .strictObject({
        kind: z.literal('above'),
        floor: z.number().positive().default(0.05).describe('What a code must be above.'),
      })
      .describe('Codes above a floor.'),
    selection: () => ({ kind: 'threshold', width: 0 }),
    initialThreshold: ({ floor }) => floor,
    trainsThreshold: false,
    penalty: 'l1',
    ghostGrads: false,
    save: ({ floor }) => ({ floor }),
  });
  return { ACTIVATION_FUNCTIONS: [...ACTIVATION_FUNCTIONS, above] };
});

vi.mock('../sae/learning/objectives/registry.ts', async (original) => {
  const { OBJECTIVES } = await original<typeof import('../sae/learning/objectives/registry.ts')>();
  const { objective } = await import('../sae/learning/objectives/objective.ts');
  /** The first half of the code must reconstruct by itself. */
  const halves = objective({
    schema: z.strictObject({ kind: z.literal('halves') }).describe('Half of the code, and all.'),
    prefixes: (_, dSae) => [dSae / 2, dSae],
    maxPrefixes: () => 2,
    ghostGrads: false,
  });
  return { OBJECTIVES: [...OBJECTIVES, halves] };
});

const [D, LENGTH] = [6, 120];
const table = shapeOf(TrainConfig);
const configOf = (line: string): TrainConfig =>
  loadConfig(TrainConfig, { flags: parseFlags(line.split(' '), table) });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-adding-'));
});
afterAll(() => rm(folder, { recursive: true }));

const rows = Float32Array.from({ length: LENGTH * D }, (_, i) => new Random(i).normal());
const source: ActivationSource = {
  dModel: D,
  length: LENGTH,
  nExamples: LENGTH,
  rowsPerExample: 1,
  async *batches({ batchSize, skipBatches = 0 }: BatchOptions) {
    for (let first = skipBatches * batchSize; first < LENGTH; first += batchSize) {
      const acts = rows.slice(first * D, (first + batchSize) * D);
      const index = new Int32Array(acts.length / D);
      yield { acts, exampleIndex: index, tokenIndex: index };
    }
  },
  close: async () => {},
};

it('are choices of flags, with their settings in the help', () => {
  expect(configOf('sae:above --sae.floor 0.3 objective:halves')).toMatchObject({
    sae: { kind: 'above', floor: 0.3, expFactor: 16 },
    objective: { kind: 'halves' },
  });
  expect(() => configOf('sae:above --sae.floor -1')).toThrow('sae.floor');
  expect(() => configOf('sae:below')).toThrow("unknown kind of sae: 'below'");
  const help = helpText(table, { usage: 'train' });
  for (const text of ['Codes above a floor.', 'What a code must be above.', 'Half of the code']) {
    expect(help).toContain(text);
  }
});

it('are held to what they say they can do', () => {
  expect(() => checkConfig(configOf('sae:above --sae.ghost-grads'))).toThrow('for a above coder');
  const nested = configOf('--sae.ghost-grads objective:halves');
  expect(() => checkConfig(nested)).toThrow('with the halves objective');
});

it('train a coder that is read back and encodes as in training', async () => {
  const kernels = referenceKernels();
  const config = configOf(
    `sae:above --sae.floor 0.3 objective:halves --sae.exp-factor 2 --n-patches 400 --sae-batch-size 20 --lr 0.01 --n-lr-warmup 2 --run-root ${folder}`,
  );
  const [run] = await trainGroup([config], source, { kernels });
  expect(run?.evaluation.l0).toBeGreaterThan(0);
  const coder = await readCheckpoint(join(run!.path, 'checkpoint'));
  expect(coder.config.activation).toEqual({ kind: 'above', floor: 0.3 });
  expect(coder.config.metadata).not.toHaveProperty('saev_activation');
  const open = await openCoder(coder, { kernels });
  const codes = await open.encodeScaled(rows);
  expect(codes.value.length / LENGTH).toBe(run!.evaluation.l0);
  expect(Math.min(...codes.value)).toBeGreaterThan(0.3);
  await open.close();
  const elsewhere = writeCheckpoint(coder, join(folder, 'sae.pt'), 'saev');
  await expect(elsewhere).rejects.toThrow('saev checkpoints cannot hold a above coder');
});
