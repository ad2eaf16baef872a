import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationPage } from '../scripts/docs/configuration.ts';
import { fromPythonPage, readPythonFields } from '../scripts/docs/from-python.ts';
import { ActivationsConfig } from '../src/activations/config.ts';
import { parseFlags } from '../src/base/config/flags.ts';
import { loadConfig } from '../src/base/config/load.ts';
import { fieldsOf, shapeOf } from '../src/base/config/shape.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import { TrainConfig } from '../src/training/config/train-config.ts';
import { VisualsConfig } from '../src/visuals/config.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('pages made from schemas', () => {
  it('docs/configuration.md is current (npm run docs)', async () => {
    expect(page('configuration.md')).toBe(await configurationPage(COMMANDS));
  });

  it('docs/from-python.md is current (npm run docs)', () => {
    expect(page('from-python.md')).toBe(fromPythonPage(readPythonFields()));
  });

  it.each([
    [
      'a field',
      { Train: { momentum: { type: 'float', default: 0.9 } } },
      'no place for Train.momentum',
    ],
    ['a class', { TopK: {} }, 'no place for the classes TopK'],
    [
      'a default',
      { Train: { lr: { type: 'float', default: 1 } } },
      'Train.lr is 1 there and 0.0004 here',
    ],
  ])('refuses %s of Python that has no match here', (_, newer, message) => {
    expect(() => fromPythonPage({ older: {}, newer })).toThrow(message);
  });

  it.each(COMMANDS)(
    'every setting of $name has a description that ends as a sentence',
    async ({ load }) => {
      const { schema } = (await load()).command;
      for (const field of fieldsOf(shapeOf(schema))) {
        expect(field.description, field.path.join('.')).toMatch(/^[A-Z].*\.$/);
      }
    },
  );
});

describe('commands and files of Python’s saev', () => {
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
