// What inspecting runs and folders of runs says, without a process of its own.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TrainConfig } from '../../training/config/train-config.ts';
import { command } from '../inspect.ts';
import type { CommandContext } from '../program/command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A run directory of which only its records stand there. */
async function makeRun(
  path: string,
  {
    started,
    lr,
    evaluation,
    config = {},
  }: { started: string; lr: number; evaluation?: object; config?: object },
): Promise<void> {
  await mkdir(path, { recursive: true });
  const write = (name: string, value: unknown): Promise<void> =>
    writeFile(join(path, name), JSON.stringify(value));
  const status = evaluation === undefined ? 'stopped' : 'finished';
  const record = { id: path, status, configHash: 'x', started, version: '9.9', kernels: 'cpu' };
  await write('run.json', record);
  await write('config.json', {
    ...TrainConfig.parse({ lr, objective: { sparsityCoeff: 4e-4 } }),
    ...config,
  });
  const line = { step: 40, time: 1, 'losses/loss': 0.5, 'losses/mse': 0.25, 'metrics/l0': 31 };
  await write('metrics.jsonl', { ...line, 'progress/n_patches_seen': 640, 'sparsity/odd': 7 });
  if (evaluation !== undefined) await write('eval.json', evaluation);
}

async function inspect(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const context = {
    print: (line: string) => lines.push(line),
    signal: new AbortController().signal,
    whenInterrupted: () => undefined,
  } as unknown as CommandContext;
  await command.run(args, context);
  return lines.join('\n').split('\n');
}

describe('runs', () => {
  test('of a folder are a table with a header, sorted by time or as asked', async () => {
    const root = join(folder, 'runs');
    const good = { l0: 12.345678, mse: 0.5, normalizedMse: 0.1, explainedVariance: 0.9, nDead: 3 };
    const bad = { l0: 200, mse: 2, normalizedMse: 0.6, explainedVariance: 0.4, nDead: 0 };
    await makeRun(join(root, 'a'), {
      started: '2026-02-02T10:00:00.000Z',
      lr: 1e-3,
      evaluation: bad,
    });
    await makeRun(join(root, 'b'), {
      started: '2026-02-01T10:00:00.000Z',
      lr: 3e-4,
      evaluation: good,
    });
    await makeRun(join(root, 'c'), { started: '2026-02-03T10:00:00.000Z', lr: 3e-4 });
    const table = await inspect(root);
    expect(table[0]).toMatch(
      /^started +state +kind +sparsity +lr +L0 +MSE +normalised MSE +explained +dead +path$/,
    );
    expect(table.slice(1).map((line) => line.at(-1))).toEqual(['b', 'a', 'c']);
    expect(table[1]).toMatch(
      /^2026-02-01 10:00:00 +finished +relu +0.0004 +0.0003 +12.35 +0.5 +0.1 +0.9 +3 +/,
    );
    expect(table[3]).toMatch(/stopped .* – +– /);
    const byMse = await inspect(root, '--sort', 'mse');
    expect(byMse.slice(1).map((line) => line.at(-1))).toEqual(['b', 'a', 'c']);
    const byDead = await inspect(root, '--sort', 'dead');
    expect(byDead.slice(1).map((line) => line.at(-1))).toEqual(['a', 'b', 'c']);
    const csv = await inspect(root, '--csv', '--sort', 'l0');
    expect(csv[0]).toBe(
      'started,state,kind,sparsity,lr,l0,mse,normalizedMse,explainedVariance,dead,score,path',
    );
    expect(csv[1]).toBe(
      `2026-02-01 10:00:00,finished,relu,0.0004,0.0003,12.345678,0.5,0.1,0.9,3,,${join(root, 'b')}`,
    );
    expect(csv).toHaveLength(4);
    const json = JSON.parse((await inspect(root, '--json')).join('\n'));
    expect(json.map((run: { config: { lr: number } }) => run.config.lr)).toEqual([
      3e-4, 1e-3, 3e-4,
    ]);
    await expect(inspect(root, '--sort', 'beauty')).rejects.toThrow("invalid sort: 'beauty'");
  });

  test('say how far training went in words', async () => {
    const path = join(folder, 'one');
    await makeRun(path, { started: '2026-02-02T10:00:00.000Z', lr: 1e-3 });
    const text = (await inspect(path)).join('\n');
    expect(text).toContain('last logged  step 40, loss 0.5, MSE 0.25, L0 31, rows seen 640');
    expect(text).not.toContain('odd');
  });

  test('whose settings do not fit are said in a sentence, and do not hide the others', async () => {
    const root = join(folder, 'odd');
    const started = '2026-02-02T10:00:00.000Z';
    await makeRun(join(root, 'good'), { started, lr: 1e-3 });
    await makeRun(join(root, 'odd'), { started, lr: 1e-3, config: { nPatches: 'many' } });
    await expect(inspect(join(root, 'odd'))).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('invalid run config: nPatches in'),
      hint: expect.stringContaining('saev 9.9 wrote it'),
    });
    const lines = await inspect(root);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^unreadable .*invalid run config: nPatches/);
  });

  test('--csv without a run is refused', async () => {
    const path = new URL('../../../fixtures/checkpoints/saelens/standard', import.meta.url);
    await expect(inspect(path.pathname, '--csv')).rejects.toThrow('--csv without a run');
  });
});

describe('checkpoints', () => {
  const at = (name: string): string =>
    new URL(`../../../fixtures/checkpoints/${name}`, import.meta.url).pathname;

  test('say what is done with inputs, and why they cannot be loaded', async () => {
    const text = (await inspect(at('saelens/standard'))).join('\n');
    expect(text).toMatch(/inputs +as the model has them/);
    const { cp, readFile } = await import('node:fs/promises');
    const odd = join(folder, 'layer-norm');
    await cp(at('saelens/standard'), odd, { recursive: true });
    const config = await readFile(join(odd, 'cfg.json'), 'utf8');
    const changed = config.replace(
      '"normalize_activations": "none"',
      '"normalize_activations": "layer_norm"',
    );
    await writeFile(join(odd, 'cfg.json'), changed);
    expect((await inspect(odd)).join('\n')).toMatch(
      /cannot be loaded +unsupported normalisation 'layer_norm' of inputs/,
    );
    const json = JSON.parse((await inspect(odd, '--json')).join('\n'));
    expect(json.obstacle).toContain('layer_norm');
  });
});

test('codes that SciPy wrote say how many there are', async () => {
  const to = join(folder, 'codes');
  await mkdir(to);
  const fixture = new URL('../../../fixtures/studies/inference/token_acts.npz', import.meta.url);
  await copyFile(fixture, join(to, 'token_acts.npz'));
  expect(JSON.parse((await inspect(to, '--quiet', '--json')).join('\n'))).toMatchObject({
    kind: 'codes',
    path: to,
    rows: 21,
    latents: 6,
    missing: 0,
  });
});
