import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseFlags } from './flags.ts';
import { loadConfig, readConfigFile } from './load.ts';
import { shapeOf } from './shape.ts';

const Job = z.strictObject({
  lr: z.number().min(0).max(1).default(0.1),
  threads: z.int().min(1).optional().meta({ env: 'JOB_THREADS' }),
  name: z.string().optional().meta({ env: 'JOB_NAME' }),
  sae: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('relu').default('relu'), width: z.int().default(8) }),
      z.strictObject({
        kind: z.literal('topk'),
        width: z.int().default(8),
        k: z.int().min(1).default(4),
      }),
    ])
    .prefault({}),
  coeff: z.number().default(0).meta({ alias: 'sae.sparsityCoeff' }),
  needed: z.string().default('x'),
});
const table = shapeOf(Job);

const flags = (...args: string[]): ReturnType<typeof parseFlags> => parseFlags(args, table);
const file = (
  values: Record<string, unknown>,
): { name: string; values: Record<string, unknown> } => ({
  name: 'job.toml',
  values,
});
const environment = { JOB_THREADS: '3', JOB_NAME: '' };

describe('loadConfig', () => {
  it('lets flags win over the environment, that over the file, and that over defaults', () => {
    const values = { threads: 1, lr: 0.5, needed: 'file' };
    expect(loadConfig(Job, { file: file(values) })).toMatchObject({ threads: 1, lr: 0.5 });
    expect(loadConfig(Job, { file: file(values), environment })).toMatchObject({ threads: 3 });
    const all = { file: file(values), environment, flags: flags('--threads', '5') };
    expect(loadConfig(Job, all)).toMatchObject({ threads: 5, lr: 0.5, needed: 'file', coeff: 0 });
  });

  it('takes an empty environment variable as unset', () => {
    expect(loadConfig(Job, { environment })).not.toHaveProperty('name');
  });

  it('names the environment variable whose value does not fit', () => {
    expect(() => loadConfig(Job, { environment: { JOB_THREADS: 'many' } })).toThrow(
      "invalid threads: 'many' (JOB_THREADS); expected a whole number, at least 1",
    );
  });

  it('takes keys in camelCase and snake_case, and by alias', () => {
    expect(loadConfig(Job, { file: file({ sae: { sparsity_coeff: 3 } }) }).coeff).toBe(3);
    expect(loadConfig(Job, { file: file({ sae: { sparsityCoeff: 3 } }) }).coeff).toBe(3);
  });

  it('drops the settings of another variant when a stronger place chooses one', () => {
    const topk = file({ sae: { kind: 'topk', k: 9, width: 16 } });
    expect(loadConfig(Job, { file: topk }).sae).toEqual({ kind: 'topk', k: 9, width: 16 });
    expect(loadConfig(Job, { file: topk, flags: flags('--sae.kind', 'relu') }).sae).toEqual({
      kind: 'relu',
      width: 16,
    });
  });

  it.each([
    [{ lr: 2 }, 'invalid lr: 2 (job.toml); expected a number, at least 0 and at most 1'],
    [{ lr: Number.NaN }, 'invalid lr: NaN (job.toml); expected a number'],
    [{ lr: null }, 'invalid lr: null (job.toml); expected a number'],
    [{ sae: { widht: 3 } }, "unknown key in job.toml: 'sae.widht'"],
    [{ sae: 'relu' }, 'invalid sae in job.toml: it must be a table'],
    [{ sae: [{ width: 3 }] }, 'invalid sae in job.toml: it must be a table'],
    [{ sae: { kind: 'gelu' } }, "invalid sae.kind: 'gelu' (job.toml); expected one of relu, topk"],
    [{ sae: { k: 3 } }, "unknown key: 'sae.k' does not belong to sae.kind 'relu'"],
    [
      { sae: { kind: 'topk', k: 0 } },
      'invalid sae.k: 0 (job.toml); expected a whole number, at least 1',
    ],
    [{ sae_width: 3 }, "unknown key in job.toml: 'sae_width'"],
    [{ coeff: 1, sae: { sparsity_coeff: 1 } }, "invalid job.toml: 'coeff' is given twice"],
    [JSON.parse('{"__proto__": {"lr": 1}}'), "unknown key in job.toml: '__proto__'"],
  ])('refuses %j', (values, message) => {
    expect(() => loadConfig(Job, { file: file(values as Record<string, unknown>) })).toThrow(
      message,
    );
  });

  it('says further mistakes in the hint', () => {
    expect(() => loadConfig(Job, { file: file({ lr: 2, threads: 0 }) })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('also invalid threads: 0') }),
    );
  });

  it('gives the same job again when the resolved one is read back', () => {
    const job = loadConfig(Job, { flags: flags('sae:topk') });
    expect(loadConfig(Job, { file: file(JSON.parse(JSON.stringify(job))) })).toEqual(job);
  });
});

describe('names and words of other programs', () => {
  const Other = z
    .strictObject({
      schedule: z
        .enum(['steady', 'fallingSlowly'])
        .default('steady')
        .meta({ words: { None: 'steady' } }),
      method: z.enum(['none', 'best']).default('best'),
      head: z.int().optional(),
      goal: z
        .discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('plain').default('plain'),
            weight: z.number().default(1),
          }),
          z.strictObject({
            kind: z.literal('nested'),
            weight: z.number().default(1),
            parts: z.int(),
          }),
        ])
        .meta({ inferred: true })
        .prefault({}),
    })
    .meta({ foreign: { useBars: { instead: '--quiet switches them off', idle: [true] } } });
  const read = (values: Record<string, unknown>, ...args: string[]): z.output<typeof Other> =>
    loadConfig(Other, { file: file(values), flags: parseFlags(args, shapeOf(Other)) });

  it.each([
    [{ schedule: 'falling_slowly' }, { schedule: 'fallingSlowly' }],
    [{ schedule: 'fallingslowly' }, { schedule: 'fallingSlowly' }],
    [
      { schedule: 'None', method: 'NONE' },
      { schedule: 'steady', method: 'none' },
    ],
    [
      { schedule: null, method: null, head: null },
      { schedule: 'steady', method: 'none' },
    ],
    [{ use_bars: true }, {}],
    [{ goal: { parts: 3 } }, { goal: { kind: 'nested', parts: 3, weight: 1 } }],
    [{ goal: { weight: 3 } }, { goal: { kind: 'plain', weight: 3 } }],
  ])('reads %j', (values, expected) => {
    expect(read(values)).toMatchObject(expected);
  });

  it('takes words for choices on the command line, too', () => {
    expect(read({}, '--schedule', 'None').schedule).toBe('steady');
  });

  it('lets what is said win over what would follow', () => {
    expect(read({ goal: { parts: 3 } }, '--goal.kind', 'plain').goal.kind).toBe('plain');
    expect(() => read({ goal: { kind: 'plain', parts: 3 } })).toThrow(
      "'goal.parts' does not belong to goal.kind 'plain'",
    );
  });

  it.each([[{ use_bars: false }], [{ use_bars: 'true' }]])(
    'refuses %j, and says what to do',
    (values) => {
      expect(() => read(values)).toThrow(
        expect.objectContaining({
          message: "unknown key in job.toml: 'use_bars'",
          hint: '--quiet switches them off',
        }),
      );
    },
  );

  it.each(['--use-bars', '--no-use-bars'])('refuses %s, and says what to do', (flag) => {
    expect(() => read({}, flag)).toThrow(
      expect.objectContaining({
        message: `unknown flag: '${flag}'`,
        hint: '--quiet switches them off',
      }),
    );
  });
});

describe('readConfigFile', () => {
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(await mkdtemp(join(tmpdir(), 'saev-config-')), name);
    await writeFile(path, text);
    return path;
  };

  it('reads TOML and JSON', async () => {
    expect(await readConfigFile(await write('a.toml', 'lr = [1e-3, 1_0]\n[sae]\nk = 2'))).toEqual({
      lr: [1e-3, 10],
      sae: { k: 2 },
    });
    expect(await readConfigFile(await write('a.json', '{"lr": 1}'))).toEqual({ lr: 1 });
  });

  it.each([
    ['a.toml', 'lr = \n', "a.toml', line 1"],
    ['a.toml', 'lr = 1\nlr = 2', "a.toml', line 2"],
    ['a.json', '{"lr": ', 'is not JSON'],
    ['a.json', '[1]', 'does not hold an object'],
    ['a.json', '', 'is not JSON'],
    ['a.yaml', 'lr: 1', 'unsupported config file'],
  ])('refuses %s holding %j', async (name, text, message) => {
    await expect(readConfigFile(await write(name, text))).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  });

  it('says that a file is missing', async () => {
    await expect(readConfigFile('/nowhere/a.toml')).rejects.toThrow(
      "missing config file: '/nowhere/a.toml'",
    );
  });
});
