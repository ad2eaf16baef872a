import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationPage } from '../scripts/docs/configuration.ts';
import { fromPythonPage, readPythonFields } from '../scripts/docs/from-python.ts';
import {
  fromTranscoderCircuitsPage,
  readCircuitsFields,
} from '../scripts/docs/from-transcoder-circuits.ts';
import { metricsPage } from '../scripts/docs/metrics.ts';
import { functionsSection } from '../scripts/docs/transcoder-circuits-functions.ts';
import { ActivationsConfig } from '../src/activations/config.ts';
import { parseFlags } from '../src/base/config/flags.ts';
import { loadConfig } from '../src/base/config/load.ts';
import { fieldsOf, shapeOf } from '../src/base/config/shape.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import { singleCommands } from '../src/cli/program/command.ts';
import { TrainConfig } from '../src/training/config/train-config.ts';
import { VisualsConfig } from '../src/visuals/config.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('pages made from schemas', () => {
  it('docs/configuration.md is current (npm run docs)', async () => {
    expect(page('configuration.md')).toBe(await configurationPage(COMMANDS));
  });

  it('docs/metrics.md is current (npm run docs)', () => {
    expect(page('metrics.md')).toBe(metricsPage());
  });

  it('docs/from-python.md is current (npm run docs)', () => {
    expect(page('from-python.md')).toBe(fromPythonPage(readPythonFields()));
  });

  it('docs/from-transcoder-circuits.md names functions that programs may import', () => {
    const reference = page('reference.md');
    const rows = functionsSection()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const row of rows) {
      const here = row.split(' | ')[1]!;
      // Names of functions, not of folders, flags, files or commands.
      for (const [, name] of here.matchAll(/`([a-z]+[A-Z]\w*|deembed|pullback|train)`/g))
        expect(reference, row).toMatch(new RegExp(`^\\| \`${name}\\(\\)\` \\|`, 'm'));
    }
    expect(rows.length).toBeGreaterThan(20);
  });

  it('docs/from-transcoder-circuits.md is current (npm run docs)', () => {
    expect(page('from-transcoder-circuits.md')).toBe(
      fromTranscoderCircuitsPage(readCircuitsFields()),
    );
    const strange = { sharpness: { type: 'float', default: 0.9 } };
    expect(() => fromTranscoderCircuitsPage(strange)).toThrow('no place for sharpness');
    const other = { dead_feature_window: { type: 'int', default: 7 } };
    expect(() => fromTranscoderCircuitsPage(other)).toThrow('is 7 there and 1000 here');
  });

  it.each([
    [
      'a field',
      { Train: { sharpness: { type: 'float', default: 0.9 } } },
      'no place for Train.sharpness',
    ],
    ['a class', { TopK: {} }, 'no place for the classes TopK'],
    [
      'a default',
      { Train: { n_sparsity_warmup: { type: 'int', default: 7 } } },
      'Train.n_sparsity_warmup is 7 there and 0 here',
    ],
  ])('refuses %s of Python that has no match here', (_, newer, message) => {
    expect(() => fromPythonPage({ older: {}, newer })).toThrow(message);
  });

  it.each(singleCommands(COMMANDS))(
    'every setting of $name has a description that ends as a sentence',
    async ({ load }) => {
      const { schema } = (await load()).command;
      for (const field of fieldsOf(shapeOf(schema))) {
        expect(field.description, field.path.join('.')).toMatch(/^[A-Z].*\.$/);
      }
    },
  );
});

describe('settings of transcoder-circuits', () => {
  const fields = readCircuitsFields();
  /** A value that is not the default here, or one of which only the type is right. */
  const values: Readonly<Record<string, unknown>> = {
    str: 'a',
    bool: false,
    int: 3,
    float: 0.25,
    b_dec_init_method: 'geometric_median',
    lr_scheduler_name: 'constantwithwarmup',
    feature_sampling_method: 'Anthropic',
    dead_feature_estimation_method: 'frequency',
    device: 'cuda:1',
    is_dataset_tokenized: 1,
    use_cached_activations: true,
    is_transcoder: true,
    is_sparse_connection: true,
    dtype: 'float16',
    use_tqdm: false,
    use_ghost_grads: true,
    sparse_connection_use_W_enc: false,
  };
  const refused = /\| refused \|/;
  const rows = page('from-transcoder-circuits.md').split('\n');

  it.each(Object.entries(fields))(
    '%s is set by flag and by file, or refused by both',
    (name, { type }) => {
      const row = rows.find((line) => line.startsWith(`| \`${name}\` |`))!;
      const value = values[name] ?? values[type.replace(/Optional\[(\w+)\]/, '$1')] ?? 'a';
      const more = name.startsWith('sparse_connection')
        ? { sparse_connection_sae_path: 'b', sparse_connection_l1_coeff: 1 }
        : {};
      const file = { name: 'old.json', values: { ...more, [name]: value } };
      const flags = Object.entries(file.values).flatMap(([key, one]) => [
        `--${key.replaceAll('_', '-')}`,
        String(one),
      ]);
      const byFlag = (): TrainConfig =>
        loadConfig(TrainConfig, { flags: parseFlags(flags, shapeOf(TrainConfig)) });
      const byFile = (): TrainConfig => loadConfig(TrainConfig, { file });
      if (refused.test(row)) {
        expect(byFlag).toThrow(/^unknown flag/);
        expect(byFile).toThrow(/^unknown key in old.json/);
        return;
      }
      expect(byFile()).toEqual(byFlag());
      if (name !== 'seed') expect(byFile()).not.toEqual(loadConfig(TrainConfig, {}));
    },
  );

  it('takes nothing for what it means there', () => {
    const values = Object.fromEntries(
      Object.entries(fields).map(([name, { default: value }]) => [name, value]),
    );
    const kept = Object.entries(values).filter(([, value]) => value === null);
    const file = {
      name: 'old.json',
      values: { ...Object.fromEntries(kept), feature_sampling_method: null },
    };
    expect(loadConfig(TrainConfig, { file })).toEqual(loadConfig(TrainConfig, {}));
  });
});

describe('commands and files of Python’s saev', () => {
  it.each(['cuda:0', 'cuda:1', 'mps', 'cpu:0', 'cuda'])('takes the device %s', (device) => {
    const name = device.replace(/:.*/, '');
    const flags = parseFlags(['--device', device], shapeOf(TrainConfig));
    expect(loadConfig(TrainConfig, { flags }).device).toBe(name);
    const file = { name: 'config.json', values: { device } };
    expect(loadConfig(ActivationsConfig, { file }).device).toBe(name);
  });

  it.each([
    ['older', 'SparseAutoencoder', undefined, 'vanilla'],
    ['newer', 'Relu', 'Vanilla', 'vanilla'],
    // Its file does not say that it is one.
    ['newer', 'Relu', 'Matryoshka', 'matryoshka'],
  ] as const)(
    'takes the whole config.json of a run: %s, %s, %s',
    (version, sae, objective, kind) => {
      const classes = readPythonFields()[version];
      const defaultsOf = (name: string): Record<string, unknown> =>
        Object.fromEntries(
          Object.entries(classes[name]!).map(([field, { default: value }]) => [field, value]),
        );
      const values = {
        ...defaultsOf('Train'),
        data: defaultsOf('DataLoad'),
        sae: defaultsOf(sae),
        objective: objective === undefined ? undefined : defaultsOf(objective),
      };
      const config = loadConfig(TrainConfig, {
        file: { name: 'config.json', values: JSON.parse(JSON.stringify(values)) },
      });
      expect(config).toMatchObject({
        runRoot: './checkpoints',
        device: 'cuda',
        sae: { dVit: 1024 },
      });
      expect(config.objective.kind).toBe(kind);
    },
  );

  it('takes the commands that its own scripts print', () => {
    const line =
      '--ckpt a/sae.pt --include-latents 3 14 15 --log-freq-range -4.0 -1.0 --log-value-range -1.0 1.0 ' +
      '--n-latents 13 --dump-to out --data.shard-root shards --data.no-scale-mean --data.scale-norm ' +
      'images:ade20k-dataset --images.root ade --images.split validation';
    const flags = parseFlags(line.split(' '), shapeOf(VisualsConfig));
    expect(loadConfig(VisualsConfig, { flags })).toMatchObject({
      includeLatents: [3, 14, 15],
      logFreqRange: [-4, -1],
      data: { shardRoot: 'shards', scaleMean: false, scaleNorm: true },
      images: { type: 'ade20k', root: 'ade', split: 'validation' },
    });
  });

  it('takes a flag for each field of its commands', () => {
    const jobs = { Activations: ActivationsConfig, Train: TrainConfig, Visuals: VisualsConfig };
    const { older, newer } = readPythonFields();
    for (const [name, schema] of Object.entries(jobs)) {
      for (const [field, { default: value }] of Object.entries({
        ...newer[name],
        ...older[name],
      })) {
        if (['data', 'images', 'sae', 'objective'].includes(field) || value === '') continue;
        const words = (Array.isArray(value) ? value : [value]).map(String);
        const flags = parseFlags([`--${field}`, ...words], shapeOf(schema));
        expect(() => loadConfig(schema, { flags }), `${name}.${field}`).not.toThrow();
      }
    }
  });

  it('takes the config.json of a run', () => {
    const { configs } = JSON.parse(
      readFileSync(new URL('../fixtures/config/sweeps.json', import.meta.url), 'utf8'),
    ).sweeps['basic.toml'];
    const config = loadConfig(TrainConfig, { file: { name: 'config.json', values: configs[4] } });
    expect(config).toMatchObject({
      lr: 3e-4,
      seed: 15,
      slurm: false,
      device: 'cuda',
      runRoot: './checkpoints',
      sae: { kind: 'relu', expFactor: 8, dVit: 1024 },
      objective: { kind: 'vanilla', sparsityCoeff: 8e-4 },
    });
  });
});
