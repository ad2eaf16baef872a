import { existsSync, rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ActivationSource, BatchOptions } from '../../activations/types.ts';
import { Random } from '../../base/random.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import type { TensorBoardEvent } from '../../formats/events/event.ts';
import { readEventFile } from '../../formats/events/event-file.ts';
import { readCheckpoint } from '../../sae/checkpoints/registry.ts';
import { TrainConfig, type TrainConfigInput } from '../config/train-config.ts';
import { readRunRecord } from '../runs/run-directory.ts';
import { trainGroup } from './group.ts';

let kernels: Kernels;
let folder: string;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 2 });
  folder = await mkdtemp(join(tmpdir(), 'saev-group-'));
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

const [D, LENGTH] = [10, 205];

/** Rows in memory, shuffled by seed. `onBatch` sees each batch that is handed out. */
function memorySource(onBatch: (n: number) => void = () => {}): ActivationSource {
  const random = new Random(9);
  const rows = Float32Array.from({ length: LENGTH * D }, () => Math.max(0, random.normal()));
  let handedOut = 0;
  return {
    dModel: D,
    length: LENGTH,
    nExamples: LENGTH,
    rowsPerExample: 1,
    async *batches({ batchSize, shuffleSeed, skipBatches = 0 }: BatchOptions) {
      const order =
        shuffleSeed === undefined ? undefined : new Random(shuffleSeed).permutation(LENGTH);
      for (let first = skipBatches * batchSize; first < LENGTH; first += batchSize) {
        const n = Math.min(batchSize, LENGTH - first);
        const picked = Int32Array.from({ length: n }, (_, r) => order?.[first + r] ?? first + r);
        const acts = new Float32Array(n * D);
        picked.forEach((row, r) => {
          acts.set(rows.subarray(row * D, (row + 1) * D), r * D);
        });
        onBatch(++handedOut);
        yield { acts, exampleIndex: picked, tokenIndex: new Int32Array(n).fill(-1) };
      }
    },
    close: async () => {},
  };
}

function configs(name: string, change: TrainConfigInput = {}): TrainConfig[] {
  const base = {
    nPatches: 900,
    saeBatchSize: 50,
    nLrWarmup: 5,
    lr: 1e-2,
    logEvery: 1,
    checkpointEvery: 4,
    runRoot: join(folder, name),
    ...change,
  };
  return [
    TrainConfig.parse({ ...base, sae: { expFactor: 3, seed: 1 } }),
    TrainConfig.parse({
      ...base,
      lr: 5e-3,
      sae: { kind: 'jumprelu', expFactor: 3, seed: 2, bandwidth: 0.2, threshold: 0.1 },
      objective: { kind: 'matryoshka', nPrefixes: 3, sparsityCoeff: 1e-3 },
    }),
  ];
}

const about = { version: '0.0.0' };

/** Numbers that Python's saev logs, in training and at the end. */
const PYTHON_METRICS = [
  ...['mse', 'l1', 'sparsity', 'ghost_grad', 'loss'].map((name) => `losses/${name}`),
  ...['l0', 'l1'].map((name) => `metrics/${name}`),
  ...['n_patches_seen', 'learning_rate', 'sparsity_coeff'].map((name) => `progress/${name}`),
  ...['l0', 'l1', 'mse', 'n_dead', 'n_almost_dead', 'n_dense'].map((name) => `eval/${name}`),
  ...['almost_dead_threshold', 'dense_threshold'].map((name) => `eval/${name}`),
];

async function metricLines(path: string): Promise<Record<string, number>[]> {
  const text = await readFile(join(path, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
}

it('writes a whole run: config, metrics, checkpoint, evaluation', async () => {
  const source = memorySource();
  const [relu] = await trainGroup(configs('whole', { tensorboard: true, tag: 'first' }), source, {
    kernels,
    ...about,
  });
  const { path, evaluation } = relu!;
  expect(await readRunRecord(path)).toMatchObject({ status: 'finished', tag: 'first' });
  expect((await readdir(path)).filter((name) => !name.startsWith('events'))).toEqual(
    [
      'checkpoint',
      'config.json',
      'eval.json',
      'eval.safetensors',
      'log_feature_sparsity.safetensors',
      'metrics.jsonl',
      'run.json',
    ].sort(),
  );
  const lines = await metricLines(path);
  const training = lines.slice(0, -1);
  expect(training.map(({ step }) => step)).toEqual(training.map((_, i) => i));
  expect(training.at(-1)!['losses/loss']).toBeLessThan(training[0]!['losses/loss']! / 2);
  expect(training[0]!['progress/learning_rate']).toBe(0);
  expect(evaluation.explainedVariance).toBeCloseTo(1 - evaluation.normalizedMse);
  expect(lines.at(-1)!['eval/mse']).toBe(evaluation.mse);
  expect(evaluation.freqs).toHaveLength(3 * D);

  const events = (await readdir(path)).find((name) => name.startsWith('events'))!;
  const written: TensorBoardEvent[] = [];
  for await (const event of readEventFile(join(path, events))) written.push(event);
  const inLines = new Set(lines.flatMap((line) => Object.keys(line)));
  const scalars = written.flatMap((event) => Object.keys(event.scalars));
  expect(new Set(['step', 'time', ...scalars])).toEqual(inLines);
  // What the original charts, under its names (training.py).
  for (const name of PYTHON_METRICS) expect(inLines, name).toContain(name);
  const histograms = Object.assign({}, ...written.map((event) => event.histograms));
  expect(histograms['eval/freqs'].num).toBe(3 * D);
  expect(histograms['eval/mean_values'].num).toBe(3 * D - evaluation.nDead);
  const texts = written.flatMap(({ texts }) => (texts === undefined ? [] : [texts.config]));
  expect(texts).toEqual([expect.stringContaining('"tag": "first"')]);

  const coder = await readCheckpoint(join(path, 'checkpoint'));
  expect(coder.config).toMatchObject({
    dIn: D,
    dSae: 3 * D,
    activation: { kind: 'relu' },
    subtractDecoderBias: true,
  });
  for (let s = 0; s < 3 * D; s++) {
    expect(Math.hypot(...coder.weights.wDec.subarray(s * D, (s + 1) * D))).toBeCloseTo(1, 5);
  }
});

it('evaluates as a plain dense computation does', async () => {
  const source = memorySource();
  const [run] = await trainGroup(configs('dense').slice(0, 1), source, { kernels, ...about });
  const { weights } = await readCheckpoint(join(run!.path, 'checkpoint'));
  const { wEnc, bEnc, wDec, bDec } = weights;
  const dSae = 3 * D;
  const fired = new Float64Array(dSae);
  let [squares, l0, l1] = [0, 0, 0];
  const all: number[][] = [];
  for await (const { acts } of source.batches({ batchSize: LENGTH })) {
    for (let r = 0; r < LENGTH; r++) {
      const x = acts.subarray(r * D, (r + 1) * D);
      all.push([...x]);
      const out = Float64Array.from(bDec);
      for (let s = 0; s < dSae; s++) {
        let pre = bEnc[s]!;
        for (let i = 0; i < D; i++) pre += (x[i]! - bDec[i]!) * wEnc[s * D + i]!;
        if (pre <= 0) continue;
        fired[s]!++;
        l0++;
        l1 += pre;
        for (let i = 0; i < D; i++) out[i]! += pre * wDec[s * D + i]!;
      }
      for (let i = 0; i < D; i++) squares += (out[i]! - x[i]!) ** 2;
    }
  }
  const mean = all[0]!.map((_, i) => all.reduce((sum, x) => sum + x[i]!, 0) / LENGTH);
  const spread = all.reduce((sum, x) => sum + x.reduce((s, v, i) => s + (v - mean[i]!) ** 2, 0), 0);
  const { evaluation } = run!;
  expect([evaluation.mse, evaluation.l0, evaluation.l1, evaluation.normalizedMse]).toBeClose(
    [squares / (LENGTH * D), l0 / LENGTH, l1 / LENGTH, squares / spread],
    { relative: 1e-5 },
  );
  expect(evaluation.freqs).toBeClose(fired.map((n) => n / LENGTH));
  expect(evaluation.nDead).toBe(fired.filter((n) => n === 0).length);
});

it('goes on after a stop at any step and ends with the same bits', async () => {
  const whole = await trainGroup(configs('uninterrupted'), memorySource(), { kernels, ...about });
  for (const stopAt of [1, 6, 13]) {
    const name = `stopped at ${stopAt}`;
    const stop = new AbortController();
    // Two batches are read for b_dec's start; the others are steps.
    const source = memorySource((n) => n === stopAt + 2 && stop.abort(new Error('stopped')));
    await expect(
      trainGroup(configs(name), source, { kernels, ...about, signal: stop.signal }),
    ).rejects.toThrow('stopped');
    const resumed = await trainGroup(configs(name, { resume: true }), memorySource(), {
      kernels,
      ...about,
    });
    for (const [i, run] of resumed.entries()) {
      expect(await readdir(join(folder, name))).toHaveLength(2);
      const weights = (path: string): Promise<Buffer> =>
        readFile(join(path, 'checkpoint', 'sae_weights.safetensors'));
      const [ours, theirs] = [await weights(run.path), await weights(whole[i]!.path)];
      expect(ours.subarray(-4 * D * D)).toEqual(theirs.subarray(-4 * D * D));
      const untimed = (lines: Record<string, number>[]): unknown =>
        lines.map(({ time: _, ...rest }) => rest);
      expect(untimed(await metricLines(run.path))).toEqual(
        untimed(await metricLines(whole[i]!.path)),
      );
    }
  }
});

it('goes on with its own runs, and no others, in a job that Slurm has begun anew', async () => {
  const name = 'begun anew';
  const stopped = async (): Promise<void> => {
    const stop = new AbortController();
    const source = memorySource((n) => n === 8 && stop.abort(new Error('stopped')));
    const options = { kernels, ...about, signal: stop.signal };
    await expect(trainGroup(configs(name), source, options)).rejects.toThrow('stopped');
  };
  try {
    vi.stubEnv('SLURM_JOB_ID', '7');
    await stopped();
    const first = await readdir(join(folder, name));
    vi.stubEnv('SLURM_JOB_ID', '8');
    await stopped();
    expect(await readdir(join(folder, name))).toHaveLength(4);
    vi.stubEnv('SLURM_RESTART_COUNT', '1');
    vi.stubEnv('SLURM_JOB_ID', '7');
    const trained = await trainGroup(configs(name), memorySource(), { kernels, ...about });
    expect(trained.map(({ id }) => id).sort()).toEqual(first.sort());
    expect(await states(name)).toEqual(['finished', 'finished', 'stopped', 'stopped']);
    vi.stubEnv('SLURM_JOB_ID', '9');
    await trainGroup(configs(name), memorySource(), { kernels, ...about });
    expect(await readdir(join(folder, name))).toHaveLength(6);
  } finally {
    vi.unstubAllEnvs();
  }
});

/** As a sweep has them: each run has its own seed, and all read the rows in the order of the first. */
function seeded(name: string, change: TrainConfigInput = {}): TrainConfig[] {
  return configs(name, change).map((config, d) => ({ ...config, seed: config.seed + d }));
}

/** What the run directories say of their state. */
async function states(name: string): Promise<string[]> {
  const root = join(folder, name);
  const runs = await Promise.all((await readdir(root)).map((id) => readRunRecord(join(root, id))));
  return runs.map(({ status }) => status).sort();
}

/** Undo the end of a run, as a kill between two members' ends leaves it. */
async function unfinish(path: string, state: string): Promise<void> {
  const record = await readRunRecord(path);
  await writeFile(join(path, 'run.json'), JSON.stringify({ ...record, status: 'running' }));
  await cp(state, join(path, 'state'), { recursive: true });
}

it('takes finished runs as they are, and only goes on with those that have not finished', async () => {
  const name = 'finishing';
  const states12: string[] = [];
  // The state of the second run as it is at step 12.
  const source = memorySource((n) => n === 15 && stop.abort(new Error('stopped')));
  const stop = new AbortController();
  await expect(
    trainGroup(seeded(name), source, { kernels, ...about, signal: stop.signal }),
  ).rejects.toThrow('stopped');
  expect(await states(name)).toEqual(['stopped', 'stopped']);
  for (const id of await readdir(join(folder, name))) {
    const saved = join(folder, `${name} ${id}`);
    await cp(join(folder, name, id, 'state'), saved, { recursive: true });
    states12.push(saved);
  }
  const resume = seeded(name, { resume: true });
  const whole = await trainGroup(resume, memorySource(), { kernels, ...about });
  const ids = await readdir(join(folder, name));
  const second = whole[1]!;
  const before = await readFile(join(second.path, 'checkpoint', 'sae_weights.safetensors'));
  await unfinish(second.path, states12[ids.indexOf(second.id)]!);
  // Left by a kill between run.json and the removal of the state.
  await mkdir(join(whole[0]!.path, 'state'));

  let batches = 0;
  const again = await trainGroup(
    resume,
    memorySource(() => batches++),
    { kernels, ...about },
  );
  expect(again.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  expect(again[0]!.evaluation).toEqual(whole[0]!.evaluation);
  expect(again[1]!.evaluation).toEqual(whole[1]!.evaluation);
  expect(await states(name)).toEqual(['finished', 'finished']);
  expect(await readdir(whole[0]!.path)).not.toContain('state');
  expect(await readdir(second.path)).not.toContain('state');
  expect(await readFile(join(second.path, 'checkpoint', 'sae_weights.safetensors'))).toEqual(
    before,
  );
  // Nine steps were left, and one pass of five batches evaluates.
  expect(batches).toBe(14);

  batches = 0;
  await trainGroup(
    resume,
    memorySource(() => batches++),
    { kernels, ...about },
  );
  expect(batches).toBe(0);
});

it('does not throw a stopped run back for one that has not begun', async () => {
  const stop = new AbortController();
  const source = memorySource((n) => n === 15 && stop.abort(new Error('stopped')));
  const name = 'grown';
  await expect(
    trainGroup(configs(name).slice(0, 1), source, { kernels, ...about, signal: stop.signal }),
  ).rejects.toThrow('stopped');
  const both = configs(name, { resume: true });
  const runs = await trainGroup(both, memorySource(), { kernels, ...about });
  const whole = await trainGroup(configs('grown whole'), memorySource(), { kernels, ...about });
  expect(runs.map(({ evaluation }) => evaluation)).toEqual(
    whole.map(({ evaluation }) => evaluation),
  );
  expect(await states(name)).toEqual(['finished', 'finished']);
  expect((await metricLines(runs[0]!.path)).length).toBe(
    (await metricLines(whole[0]!.path)).length,
  );
});

it('keeps the last step when it is stopped while it evaluates', async () => {
  const stop = new AbortController();
  const name = 'evaluating';
  const steps = 19;
  const source = memorySource((n) => n === steps + 2 + 1 && stop.abort(new Error('stopped')));
  const aborting = {
    ...source,
    batches: async function* (options: BatchOptions) {
      for await (const batch of source.batches(options)) {
        if (stop.signal.aborted && options.shuffleSeed === undefined) throw stop.signal.reason;
        yield batch;
      }
    },
  };
  await expect(
    trainGroup(configs(name), aborting, { kernels, ...about, signal: stop.signal }),
  ).rejects.toThrow('stopped');
  let batches = 0;
  await trainGroup(
    configs(name, { resume: true }),
    memorySource(() => batches++),
    {
      kernels,
      ...about,
    },
  );
  expect(batches).toBeLessThan(8);
  expect(await states(name)).toEqual(['finished', 'finished']);
});

it('says so when its directory is removed, and does not make half a run', async () => {
  const name = 'removed';
  const source = memorySource((n) => {
    if (n === 8) rmSync(join(folder, name), { recursive: true });
  });
  await expect(trainGroup(configs(name), source, { kernels, ...about })).rejects.toMatchObject({
    name: 'UserError',
  });
  expect(existsSync(join(folder, name))).toBe(false);
});

it('removes what killed processes left in the folder of runs', async () => {
  const root = join(folder, 'left');
  const dead = { pid: 2 ** 22 + 77, host: hostname() };
  const left = join(root, '20260101-000000-abcdef');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, '.saev-lock'), JSON.stringify(dead));
  await writeFile(join(left, 'config.json'), '{}');
  const foreign = join(root, '20260101-000000-abcdee');
  await mkdir(foreign);
  await writeFile(join(foreign, '.saev-lock'), JSON.stringify(dead));
  await writeFile(join(foreign, 'notes.txt'), 'mine');
  await trainGroup(configs('left').slice(0, 1), memorySource(), { kernels, ...about });
  const names = await readdir(root);
  expect(names).not.toContain('20260101-000000-abcdef');
  expect(names).toContain('20260101-000000-abcdee');
});

it('goes on with runs on the same rows only', async () => {
  const once = configs('rows', { resume: true }).slice(0, 1);
  const idOn = async (rows: string): Promise<string> => {
    const [run] = await trainGroup(once, memorySource(), { kernels, rows, ...about });
    return run!.id;
  };
  const first = await idOn('one');
  expect(await idOn('one')).toBe(first);
  // The folder's name is the same, what it holds is not.
  expect(await idOn('two')).not.toBe(first);
});

it('resumes only the same configuration', async () => {
  const stop = new AbortController();
  const source = memorySource((n) => n === 5 && stop.abort(new Error('stopped')));
  const some = configs('other').slice(0, 1);
  await expect(
    trainGroup(some, source, { kernels, ...about, signal: stop.signal }),
  ).rejects.toThrow('stopped');
  const changed = configs('other', { resume: true, nLrWarmup: 6 }).slice(0, 1);
  await trainGroup(changed, memorySource(), { kernels, ...about });
  expect(await readdir(join(folder, 'other'))).toHaveLength(2);
});

it('refuses a training state that does not fit, and leaves it alone', async () => {
  const stop = new AbortController();
  const source = memorySource((n) => n === 5 && stop.abort(new Error('stopped')));
  const some = configs('damaged').slice(0, 1);
  await expect(
    trainGroup(some, source, { kernels, ...about, signal: stop.signal }),
  ).rejects.toThrow('stopped');
  const [id] = await readdir(join(folder, 'damaged'));
  const state = join(folder, 'damaged', id!, 'state');
  const tensors = (await readdir(state)).find((name) => name.startsWith('tensors'))!;
  const { truncate } = await import('node:fs/promises');
  await truncate(join(state, tensors), 500);
  const again = configs('damaged', { resume: true }).slice(0, 1);
  await expect(trainGroup(again, memorySource(), { kernels, ...about })).rejects.toMatchObject({
    name: 'UserError',
  });
  expect(await readdir(state)).toContain(tensors);
});

it('says that a width is not that of the data', async () => {
  const [config] = configs('width');
  const wrong = { ...config!, sae: { ...config!.sae, dVit: 11 } };
  await expect(trainGroup([wrong], memorySource(), { kernels, ...about })).rejects.toThrow(
    'invalid sae.dVit: 11, but the activations have width 10',
  );
});

it('refuses weights that no memory holds, and leaves no run behind', async () => {
  const [config] = configs('huge');
  const huge = { ...config!, sae: { ...config!.sae, expFactor: 20_000_000_000 } };
  await expect(trainGroup([huge], memorySource(), { kernels, ...about })).rejects.toThrow(
    'unsupported size: weights of 200,000,000,000 latents on 10 dimensions are 16.0 TB',
  );
  expect(existsSync(join(folder, 'huge')) ? await readdir(join(folder, 'huge')) : []).toEqual([]);
});

it('starts rare latents again from rows with a large error, and lets the learning rate dip', async () => {
  const [config] = configs('resampled', {
    resampling: 'l2',
    deadFeatureEstimation: 'frequency',
    deadFeatureThreshold: 0.6,
    deadFeatureWindow: 12,
    nLrWarmup: 0,
  });
  const [run] = await trainGroup([config!], memorySource(), { kernels, ...about });
  const lines = (await metricLines(run!.path)).slice(0, -1);
  const events = lines.filter((line) => 'metrics/n_resampled_neurons' in line);
  expect(events.map(({ step }) => step)).toEqual([11]);
  expect(events[0]!['metrics/n_resampled_neurons']).toBeGreaterThan(0);
  const rates = lines.map((line) => line['progress/learning_rate']!);
  expect(rates[10]).toBe(1e-2);
  expect(rates.slice(11)).toEqual([...rates.slice(11)].sort((a, b) => a - b));
  expect(rates[11]).toBeLessThan(3e-6);
});
