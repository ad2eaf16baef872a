import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lawOf, WorldConfig } from '../../data/worlds/synthetic/config.ts';
import { makeWorld } from '../../data/worlds/synthetic/world.ts';
import { writeWorldFiles } from '../../data/worlds/synthetic/world-files.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { SynthScoreConfig } from './config.ts';
import { scoreSynthetic } from './score.ts';
import { bySettings } from './summary.ts';
import type { WorldScores } from './world-scores.ts';

const settings = {
  nFeatures: 24,
  dModel: 32,
  roots: 3,
  depth: 1,
  orthogonalSteps: 300,
  orthogonalRate: 0.01,
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-synth-'));
  const world = await makeWorld(lawOf(WorldConfig.parse(settings)));
  await writeWorldFiles(world, join(folder, 'world'));
  // There is room for all directions at right angles: encoding along them finds the truth.
  await writeCheckpoint(
    {
      config: {
        dIn: 32,
        dOut: 32,
        dSae: 24,
        activation: { kind: 'relu' },
        subtractDecoderBias: true,
        metadata: {},
      },
      weights: {
        wEnc: world.directions,
        wDec: world.directions,
        bEnc: new Float32Array(24).fill(-0.2),
        bDec: world.bias,
      },
    },
    join(folder, 'coder'),
    'saelens',
  );
});
afterAll(() => rm(folder, { recursive: true }));

const score = (coders: string[], world?: object) =>
  scoreSynthetic(
    SynthScoreConfig.parse({ coders, nRows: 3000, threads: 1, ...(world && { world }) }),
  );

it('gives a coder that knows the truth all that there is', async () => {
  const coder = join(folder, 'coder');
  const [found] = await score([coder], { model: join(folder, 'world') });
  const { scores } = found!;
  expect(found!.coder).toBe(coder);
  expect(scores.rows).toBe(3008);
  expect(scores.mcc).toBeCloseTo(1, 5);
  expect(scores.uniqueness).toBe(1);
  expect(scores.f1).toBeGreaterThan(0.97);
  expect(scores.l0).toBeCloseTo(scores.trueL0, 1);
  expect(scores.explainedVariance).toBeGreaterThan(0.95);
  expect(scores.shrinkage).toBeGreaterThan(0.9);
});

it('refuses coders without a world, and those of another', async () => {
  const coder = join(folder, 'coder');
  await expect(score([coder])).rejects.toThrow('was not trained on a synthetic one');
  await expect(score([coder], { ...settings, dModel: 16 })).rejects.toThrow('have 16');
  await expect(score([join(folder, 'none')])).rejects.toThrow('missing run');
});

it('lays runs of several seeds together', () => {
  const runOf = (k: number, seed: number, f1: number) => ({
    path: `run ${k} ${seed}`,
    settings: { seed, lr: 1e-3, sae: { kind: 'topk', k, seed: seed + 1 } },
    scores: { f1 } as WorldScores,
  });
  const groups = bySettings([runOf(5, 1, 0.5), runOf(9, 1, 0.1), runOf(5, 2, 0.7)]);
  expect(groups.map(({ name, runs }) => [name, runs])).toEqual([
    ['topk, k 5', ['run 5 1', 'run 5 2']],
    ['topk, k 9', ['run 9 1']],
  ]);
  expect(groups[0]!.scores.f1.mean).toBeCloseTo(0.6);
  expect(groups[0]!.scores.f1.deviation).toBeCloseTo(Math.SQRT2 / 10);
  expect(groups[1]!.scores.f1).toEqual({ mean: 0.1 });
});
