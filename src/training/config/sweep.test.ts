import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Values } from '../../base/config/layers.ts';
import { readConfigFile } from '../../base/config/load.ts';
import { LONG_RUN } from './fitting.ts';
import { expand, grid, splitConfigs } from './sweep.ts';
import { TrainConfig, type TrainConfigInput } from './train-config.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/config/${name}`, import.meta.url), 'utf8'));

describe('expand', () => {
  // The cases of saev's own tests.
  it.each<[string, Values, Values[]]>([
    ['one list', { lr: [1, 2, 3] }, [{ lr: 1 }, { lr: 2 }, { lr: 3 }]],
    [
      'two lists, the first varying slowest',
      { lr: [1, 2], wd: [3, 4] },
      [
        { lr: 1, wd: 3 },
        { lr: 1, wd: 4 },
        { lr: 2, wd: 3 },
        { lr: 2, wd: 4 },
      ],
    ],
    [
      'a list in a table',
      { sae: { dim: [1, 2, 3] } },
      [{ sae: { dim: 1 } }, { sae: { dim: 2 } }, { sae: { dim: 3 } }],
    ],
    [
      'a list in a table before a list beside it',
      { sae: { dim: [1, 2] }, lr: [3, 4] },
      [
        { sae: { dim: 1 }, lr: 3 },
        { sae: { dim: 1 }, lr: 4 },
        { sae: { dim: 2 }, lr: 3 },
        { sae: { dim: 2 }, lr: 4 },
      ],
    ],
    [
      'a list before a list in a table',
      { a: [false, true], b: { c: [false, true] } },
      [
        { a: false, b: { c: false } },
        { a: false, b: { c: true } },
        { a: true, b: { c: false } },
        { a: true, b: { c: true } },
      ],
    ],
    [
      'three by three',
      { a: [1, 2, 3], b: { c: [4, 5, 6] } },
      [1, 2, 3].flatMap((a) => [4, 5, 6].map((c) => ({ a, b: { c } }))),
    ],
  ])('expands %s', (_, table, runs) => {
    expect([...expand(table)]).toEqual(runs);
  });

  it('expands nested, empty and mixed tables in the order of the original', () => {
    for (const { table, runs } of golden('expand.json') as { table: Values; runs: Values[] }[]) {
      expect([...expand(table)]).toEqual(runs);
    }
  });

  it('makes as many runs as the lists multiply to, all different', () => {
    const list = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(list, list, list, (a, b, c) => {
        const runs = [...expand({ a, t: { b, u: { c } } })].map((run) => JSON.stringify(run));
        expect(new Set(runs).size).toBe(a.length * b.length * c.length);
      }),
    );
  });

  it('leaves its argument as it is', () => {
    const table = { a: [1, 2], b: { c: [3] } };
    [...expand(table)];
    expect(table).toEqual({ a: [1, 2], b: { c: [3] } });
  });
});

interface PythonTrain extends Record<string, unknown> {
  sae: Record<string, unknown>;
}

/** The settings of ours that a run of the original spells out. */
function asPython(config: TrainConfig): PythonTrain {
  return {
    data: {
      shard_root: config.data.shardRoot,
      patches: config.data.patches,
      layer: config.data.layer,
      clamp: config.data.clamp,
      n_random_samples: config.data.nRandomSamples,
      scale_mean: config.data.scaleMean ?? true,
      scale_norm: config.data.scaleNorm ?? true,
    },
    sae: {
      exp_factor: config.sae.expFactor,
      sparsity_coeff: config.objective.sparsityCoeff ?? LONG_RUN.sparsityCoeff,
      n_reinit_samples: config.sae.nReinitSamples,
      ghost_grads: config.sae.ghostGrads,
      remove_parallel_grads: config.sae.removeParallelGrads,
      normalize_w_dec: config.sae.normalizeWDec,
      seed: config.sae.seed,
    },
    n_workers: config.nWorkers,
    n_patches: config.nPatches ?? LONG_RUN.nPatches,
    n_sparsity_warmup: config.nSparsityWarmup,
    lr: config.lr ?? LONG_RUN.lr,
    n_lr_warmup: config.nLrWarmup ?? LONG_RUN.nLrWarmup,
    sae_batch_size: config.saeBatchSize ?? LONG_RUN.saeBatchSize,
    track: config.track,
    wandb_project: config.wandbProject,
    tag: config.tag,
    log_every: config.logEvery,
    seed: config.seed,
  };
}

describe('grid', () => {
  const { base, sweeps } = golden('sweeps.json') as {
    base: TrainConfigInput;
    sweeps: Record<string, { configs: PythonTrain[]; groups: number[][] }>;
  };

  it.each(Object.keys(sweeps))(
    'makes the runs, seeds and groups of the original for %s',
    async (name) => {
      const path = new URL(`../../../fixtures/config/${name}`, import.meta.url).pathname;
      const { configs, errors } = grid(base, await readConfigFile(path));
      expect(errors).toEqual([]);
      const expected = sweeps[name]!;
      expect(configs).toHaveLength(expected.configs.length);
      for (const [i, config] of configs.entries()) {
        expect(expected.configs[i]).toMatchObject(asPython(config));
      }
      const groups = splitConfigs(configs).map((group) => group.map((run) => configs.indexOf(run)));
      // Where runs differ in their layer alone the original reads twice; here they train side by side.
      const wider = expected.groups.map((own) => groups.find((group) => group.includes(own[0]!))!);
      expect(new Set(wider)).toEqual(new Set(groups));
      for (const [i, own] of expected.groups.entries()) {
        expect(wider[i]).toEqual(expect.arrayContaining(own));
        const { layer } = configs[own[0]!]!.data;
        expect(own).toEqual(wider[i]!.filter((run) => configs[run]!.data.layer === layer));
      }
    },
  );

  it('takes tables in place of values: hook points that belong together', () => {
    const tables = [{ layer: 3 }, { layer: 'a', target: 'b' }];
    const { configs, errors } = grid({ data: { clamp: 7 } }, { data: tables, lr: [1, 2] });
    expect(errors).toEqual([]);
    expect(configs.map(({ data, lr }) => [data.layer, data.target, data.clamp, lr])).toEqual([
      [3, undefined, 7, 1],
      [3, undefined, 7, 2],
      ['a', 'b', 7, 1],
      ['a', 'b', 7, 2],
    ]);
    expect(splitConfigs(configs)).toHaveLength(1);
  });

  it('trains runs side by side on rows of one world, however they are scaled', () => {
    const runs = [{}, { scaleNorm: true }, { scaleMean: true }].map((way) => ({
      synthetic: { nFeatures: 64 },
      ...way,
    }));
    const other = { synthetic: { nFeatures: 32 } };
    const configs = [...runs, other].map((data) => TrainConfig.parse({ data }));
    expect(splitConfigs(configs).map(({ length }) => length)).toEqual([3, 1]);
  });

  it('takes a sweep without tables for the autoencoder and the data', () => {
    const { configs } = grid({}, { lr: [1e-3, 2e-3] });
    expect(configs.map(({ lr, seed, sae }) => [lr, seed, sae.seed])).toEqual([
      [1e-3, 42, 0],
      [2e-3, 43, 0],
    ]);
  });

  it('sweeps kinds of autoencoder and objective, each with its own settings', () => {
    const { configs, errors } = grid(
      { sae: { kind: 'jumprelu', bandwidth: 0.01 }, lr: 1e-3 },
      { sae: { kind: ['relu', 'topk'] }, objective: [{ kind: 'matryoshka', n_prefixes: 3 }] },
    );
    expect(errors).toEqual([]);
    expect(configs.map(({ sae }) => sae.kind)).toEqual(['relu', 'topk']);
    expect(configs[1]!.objective).toMatchObject({ kind: 'matryoshka', nPrefixes: 3 });
  });

  it('knows the objective by its settings, as in files of Python, which do not name it', () => {
    const { configs, errors } = grid({}, { objective: { n_prefixes: [5, 10] } });
    expect(errors).toEqual([]);
    expect(configs.map(({ objective }) => objective)).toMatchObject([
      { kind: 'matryoshka', nPrefixes: 5 },
      { kind: 'matryoshka', nPrefixes: 10 },
    ]);
    const told = grid({ objective: { kind: 'vanilla' } }, { objective: { n_prefixes: [5] } });
    expect(told.errors).toEqual([
      expect.stringContaining("'objective.nPrefixes' does not belong to objective.kind 'vanilla'"),
    ]);
  });

  it('refuses a key that training does not know, naming the nearest', () => {
    expect(() => grid({}, { sae: { sparsity_coef: [1] } }, 'my.toml')).toThrow(
      "unknown key in my.toml: 'sae.sparsity_coef'",
    );
    expect(() => grid({}, { learning_rate: [1] })).toThrow("unknown key in sweep: 'learning_rate'");
  });

  it('lists what is wrong with each run and keeps those that are right', () => {
    const { configs, errors } = grid({}, { lr: [1e-3, -1, 'fast'] });
    expect(configs).toHaveLength(1);
    expect(errors).toEqual([
      'invalid lr: -1 (sweep); expected a number, at least 0',
      "invalid lr: 'fast' (sweep); expected a number, at least 0",
    ]);
  });

  it('gives runs over seeds the seeds that are named, and weights of their own', () => {
    const { configs } = grid({ seed: 9, sae: { seed: 100 } }, { seed: [1, 5], lr: [1e-3, 2e-3] });
    expect(configs.map(({ seed, sae }) => [seed, sae.seed])).toEqual([
      [1, 101],
      [1, 101],
      [5, 105],
      [5, 105],
    ]);
  });

  it('refuses a sweep of too many runs without making them', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i);
    expect(() => grid({}, { seed: numbers, sae: { seed: numbers, k: numbers } })).toThrow(
      'it makes 1000000000 runs',
    );
  });
});

describe('splitConfigs', () => {
  const train = (input: TrainConfigInput): TrainConfig => TrainConfig.parse(input);
  const sizes = (...inputs: TrainConfigInput[]): number[] =>
    splitConfigs(inputs.map(train)).map((group) => group.length);

  // The cases of saev's own tests.
  it('parts runs that differ in how many workers read', () => {
    expect(sizes({ nWorkers: 12 }, { nWorkers: 16 })).toEqual([1, 1]);
  });

  it('keeps runs of equal length together', () => {
    const [short, long] = [{ nPatches: 12 }, { nPatches: 16 }];
    expect(sizes(short, long, long, long)).toEqual([1, 3]);
  });

  it('parts runs that differ in any of several settings', () => {
    const run = (nPatches: number, track: boolean): TrainConfigInput => ({ nPatches, track });
    expect(
      sizes(run(12, false), run(12, true), run(16, true), run(16, true), run(16, false)),
    ).toEqual([1, 1, 2, 1]);
  });

  it('keeps runs together that differ only in their sparsity', () => {
    const coeffs = [1e-4, 2e-4, 3e-4, 4e-4, 5e-4];
    expect(
      sizes(...coeffs.map((sparsityCoeff) => ({ nPatches: 12, objective: { sparsityCoeff } }))),
    ).toEqual([5]);
  });

  it('groups runs that are apart in the list, whatever the order of their keys', () => {
    const groups = splitConfigs([
      train({ data: { layer: -1, shardRoot: 'a' }, lr: 1 }),
      train({ data: { layer: -1, shardRoot: 'b' }, lr: 2 }),
      { ...train({ lr: 3 }), data: { ...train({}).data, shardRoot: 'a', layer: -1 } },
    ]);
    expect(groups.map((group) => group.map(({ lr }) => lr))).toEqual([[1, 3], [2]]);
  });

  it('keeps runs together whose rows are others of the same examples', () => {
    const data = (own: TrainConfigInput['data']): TrainConfigInput => ({ data: own });
    expect(
      sizes(
        data({ layer: 'blocks.0.ln2.hook_normalized', target: 'blocks.0.hook_mlp_out' }),
        data({ layer: 1, scaleMean: false, scaleNorm: false }),
        data({ layer: 1, patches: 'cls', clamp: 3 }),
        { ignore: { patches: [0] } },
        data({ shardRoot: 'elsewhere', layer: 1 }),
      ),
    ).toEqual([4, 1]);
  });

  it('parts every pair of runs that differ in width', () => {
    expect(sizes({ sae: { dSae: 64 } }, { sae: { dSae: 128 } }, { sae: { expFactor: 8 } })).toEqual(
      [1, 1, 1],
    );
  });
});
