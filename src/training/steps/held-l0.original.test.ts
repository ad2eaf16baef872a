// The controller of the sparsity coefficient against SynthSAEBench's own, and in a run.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import golden from '../../../fixtures/training/held-l0.json' with { type: 'json' };
import { TrainConfig, type TrainConfigInput } from '../config/train-config.ts';
import { train } from '../train.ts';
import { FIRST_HOLD, type HeldL0, holdL0 } from './held-l0.ts';

it('makes of a course of L0 what the original makes of it', () => {
  const { aim, after, l0, kept, factors } = golden;
  const found: number[] = [];
  let held: HeldL0 = FIRST_HOLD;
  l0.forEach((value, step) => {
    held = holdL0(held, value, { aim, after, nSteps: Number.POSITIVE_INFINITY, step });
    if (kept.includes(step)) found.push(held.factor);
  });
  // Its tanh is a float32's.
  expect(found).toBeClose(factors, { relative: 1e-9, absolute: 0 });
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-held-l0-'));
});
afterAll(() => rm(folder, { recursive: true }));

function configs(name: string, change: TrainConfigInput = {}): TrainConfig[] {
  const base = {
    data: { synthetic: { nFeatures: 64, dModel: 16, roots: 8, seed: 1 } },
    sae: { dSae: 48, encoderStart: 'transposed' },
    nPatches: 48_000,
    saeBatchSize: 64,
    lr: 3e-3,
    nSparsityWarmup: 100,
    objective: { sparsityCoeff: 0.1 },
    holdL0: 6,
    nEvalRows: 1000,
    checkpointEvery: 0,
    logEvery: 50,
    runRoot: join(folder, name),
    threads: 1,
  } as const;
  return [
    TrainConfig.parse({ ...base, ...change }),
    TrainConfig.parse({ ...base, objective: { sparsityCoeff: 1e-2 }, ...change }),
  ];
}

it('brings L0 to where it is asked for, from coefficients that are far too small', async () => {
  const runs = await train(configs('aimed'));
  const [free] = await train(configs('free', { holdL0: undefined }).slice(1));
  expect(Math.abs(free!.evaluation.l0 - 6)).toBeGreaterThan(5);
  for (const [i, { evaluation, path }] of runs.entries()) {
    expect(Math.abs(evaluation.l0 - 6)).toBeLessThan(1);
    const lines = (await readFile(join(path, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const last = JSON.parse(lines.at(-1)!) as Record<string, number>;
    expect(last['progress/sparsity_coeff']).not.toBe(configs('')[i]!.objective.sparsityCoeff);
  }
});

it('goes on where a stopped run was', async () => {
  const change = { nPatches: 9600, checkpointEvery: 20, nSparsityWarmup: 20 };
  const whole = await train(configs('whole', change));
  const stop = new AbortController();
  const stopped = train(configs('stopped', change), { signal: stop.signal });
  const look = setInterval(async () => {
    const names = await readdir(join(folder, 'stopped'), { recursive: true }).catch(() => []);
    if (names.some((name) => /state-\d+\.json$/.test(name))) stop.abort();
  }, 2);
  await expect(stopped).rejects.toThrow();
  clearInterval(look);
  const resumed = await train(configs('stopped', { ...change, resume: true }));
  const bytes = (path: string): Promise<Buffer> =>
    readFile(join(path, 'checkpoint', 'sae_weights.safetensors'));
  for (const [i, { path }] of whole.entries()) {
    expect(await bytes(resumed[i]!.path)).toEqual(await bytes(path));
  }
});

it.each([
  [{ sae: { kind: 'topk', k: 4 } }, /unsupported holdL0: 6 for a topk coder/],
  [
    { sae: { kind: 'jumprelu', targetL0: 6 }, objective: {} },
    /both holdL0 \(6\) and sae.targetL0 \(6\)/,
  ],
  [{ holdL0: 48 }, /invalid holdL0: 48, but the coder has 48 latents/],
] as [TrainConfigInput, RegExp][])('refuses %j', async (change, sentence) => {
  await expect(train(configs('refused', change))).rejects.toThrow(sentence);
});
