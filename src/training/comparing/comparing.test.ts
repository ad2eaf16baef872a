import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricLine, shardsMetadata, writeRunFolder } from '../../../test/helpers/run-folders.ts';
import type { RunEntry, SettingValue } from '../../pages/run-page.ts';
import { differingSettings, settingText } from '../../pages/run-settings.ts';
import { curvesOf, keptPoints } from './curves.ts';
import { findRunFolders, readRunEntries } from './find-runs.ts';
import { readRunEntry } from './run-entry.ts';
import { lastTrainingLine } from './run-files.ts';
import { readRunPage } from './run-page.ts';
import { flatSettings } from './settings.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'saev-comparing-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('a run as a line of a table', () => {
  it('holds its state, its settings, its numbers, its model and its data', async () => {
    await mkdir(join(root, 'shards'));
    await writeFile(join(root, 'shards', 'metadata.json'), JSON.stringify(shardsMetadata()));
    const path = await writeRunFolder(join(root, 'runs'), 'one', { tag: 'first' });
    const run = await readRunEntry(path);
    expect(run).toMatchObject({
      id: 'one',
      name: 'one',
      folder: path,
      state: 'finished',
      tag: 'first',
      modality: 'image',
      model: 'CLIP ViT-B/16',
      dataset: 'photos',
      metricsFrom: 'evaluation',
      rows: 19_100,
      allRows: 2000,
    });
    expect(run.problem).toBeUndefined();
    expect(run.settings).toMatchObject({ lr: 0.002, 'sae.kind': 'relu', 'sae.dSae': 32 });
    expect(run.metrics).toMatchObject({ l0: 10, mse: 0.1, 'metrics/l0': 200 / 20 });
    expect(run.metrics).not.toHaveProperty('denseThreshold');
  });

  it('takes its numbers from its last training line before there is an evaluation', async () => {
    const path = await writeRunFolder(root, 'one', { status: 'stopped', steps: 3 });
    await writeFile(
      join(path, 'metrics.jsonl'),
      `${JSON.stringify(metricLine(0))}\n${JSON.stringify({ step: 1, 'eval/l0': 3 })}\n{"step":2,"los`,
    );
    const run = await readRunEntry(path);
    expect(run.state).toBe('stopped');
    expect(run.metricsFrom).toBe('training');
    expect(run.metrics).toMatchObject({ l0: 200, mse: 0.5, 'losses/loss': 2 });
    expect(run.rows).toBe(100);
  });

  it('says of a run that says running, but that no process trains, that it stopped', async () => {
    const path = await writeRunFolder(root, 'one', { status: 'running', steps: 0 });
    const run = await readRunEntry(path);
    expect([run.state, run.metricsFrom]).toEqual(['stopped', 'nothing']);
    expect(run.metrics).toEqual({});
  });

  it('is there, with a sentence, when its files are damaged', async () => {
    const path = await writeRunFolder(root, '20261126-120000-abcdef');
    await rm(join(path, 'run.json'));
    await writeFile(join(path, 'config.json'), '{"sae":');
    await writeFile(join(path, 'eval.json'), '[1]');
    const [run] = await readRunEntries(await findRunFolders([root]));
    expect(run!.state).toBe('unreadable');
    expect(run!.problem).toContain("missing run record: '");
    expect(run!.problem).toContain('is not JSON');
    expect(run!.settings).toEqual({});
    const page = await readRunPage(path);
    expect(page.config).toBeUndefined();
    await writeFile(join(path, 'eval.safetensors'), 'no');
    expect((await readRunPage(path)).run.problem).toContain('eval.safetensors');
  });

  it('finds the last training line behind thousands of others', async () => {
    const path = await writeRunFolder(root, 'one', { steps: 2 });
    const others = `${JSON.stringify({ step: 9, 'eval/l0': 1 })}\n`.repeat(4000);
    await writeFile(join(path, 'metrics.jsonl'), `${JSON.stringify(metricLine(5))}\n${others}`);
    expect((await lastTrainingLine(path))?.step).toBe(5);
  });
});

describe('finding runs', () => {
  it('takes runs, folders of runs and what stands deeper, none twice, in order', async () => {
    const a = await writeRunFolder(join(root, 'runs'), 'a');
    await writeRunFolder(join(root, 'runs'), 'b');
    await writeRunFolder(join(root, 'sweeps', 'deep', 'runs'), 'c');
    await mkdir(join(root, 'empty'));
    const found = await findRunFolders([join(root, 'runs'), a, root]);
    expect(found.map(({ path }) => path)).toEqual(['a', 'b', 'sweeps/deep/runs/c']);
    expect((await findRunFolders([a])).map(({ path }) => path)).toEqual(['a']);
    expect(await findRunFolders([join(root, 'empty')])).toEqual([]);
    await expect(findRunFolders([join(root, 'none')])).rejects.toThrow('is no folder');
  });
});

describe('a run that is chosen', () => {
  it('brings every latent as logarithms, with dead ones told apart, and its curves', async () => {
    const path = await writeRunFolder(root, 'one', {
      freqs: Float32Array.of(0, 0.1, 1),
      meanValues: Float32Array.of(Number.NaN, 100, -1),
    });
    const { latents, curves, config, run } = await readRunPage(path);
    expect(run.problem).toBeUndefined();
    const floats = (text: string): number[] => [
      ...new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer),
    ];
    expect([latents!.count, latents!.dead]).toEqual([3, 1]);
    expect(floats(latents!.logFrequency)).toEqual([
      Number.NEGATIVE_INFINITY,
      Math.fround(Math.log10(Math.fround(0.1))),
      0,
    ]);
    expect(floats(latents!.logValue)).toEqual([Number.NaN, 2, Number.NaN]);
    const mse = curves.find(({ metric }) => metric === 'losses/mse')!;
    expect([mse.points, mse.steps.length, mse.steps[1], mse.values[0]]).toEqual([20, 20, 10, 0.5]);
    expect(curves.some(({ metric }) => metric === 'time' || metric === 'step')).toBe(false);
    expect(config).toHaveProperty('lr', 0.002);
  });
});

describe('curves', () => {
  it('keep their ends, their spikes and their gaps in few points', () => {
    const lines = Array.from({ length: 10_000 }, (_, step) => ({
      step,
      loss: step === 4321 ? 99 : step === 5000 ? null : Math.sin(step / 500),
    }));
    const [curve] = curvesOf(lines);
    expect(curve!.points).toBe(10_000);
    expect(curve!.steps.length).toBeLessThanOrEqual(500);
    expect([curve!.steps[0], curve!.steps.at(-1)]).toEqual([0, 9999]);
    expect(curve!.values[curve!.steps.indexOf(4321)]).toBe(99);
  });

  it('have points in order, no more than asked for, with the lowest and the highest among them', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.constant(null));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 300 }),
        fc.integer({ min: 4, max: 60 }),
        (values, most) => {
          const kept = keptPoints(values, most);
          expect(kept.length).toBeLessThanOrEqual(Math.max(most, 0));
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
          const numbers = values.filter((each) => each !== null);
          if (numbers.length === 0) return;
          const shown = kept.map((i) => values[i]).filter((each) => each != null);
          expect(Math.min(...shown)).toBe(Math.min(...numbers));
          expect(Math.max(...shown)).toBe(Math.max(...numbers));
        },
      ),
    );
  });
});

describe('settings', () => {
  it('are taken apart by their path, lists written as JSON', () => {
    expect(flatSettings({ a: 1, b: { c: 'x', d: null, e: [1, { f: 2 }] } })).toEqual({
      a: 1,
      'b.c': 'x',
      'b.d': null,
      'b.e': '[1,{"f":2}]',
    });
    expect(flatSettings('nonsense')).toEqual({});
  });

  it('differ exactly where two runs have different values', () => {
    const name = fc.constantFrom('lr', 'sae.kind', 'runRoot', 'seed', 'tag');
    const value = fc.constantFrom<SettingValue>(1, 2, 'relu', true, null);
    const settings = fc.dictionary(name, value, { minKeys: 1 });
    fc.assert(
      fc.property(fc.array(settings, { maxLength: 5 }), (each) => {
        const runs = each.map((settings) => ({ settings }) as unknown as RunEntry);
        const differing = differingSettings(runs);
        for (const key of ['lr', 'sae.kind', 'runRoot', 'seed', 'tag']) {
          const values = new Set(each.map((one) => one[key]));
          expect(differing.includes(key)).toBe(values.size > 1);
        }
        if (differing.includes('runRoot')) expect(differing.at(-1)).toBe('runRoot');
      }),
    );
  });

  it('of tables that decide nothing come after those that decide a result', () => {
    const runs = [
      { 'valData.texts.type': 'text-world', lr: 1 },
      { lr: 2, wandbNotes: 'why' },
    ].map((settings) => ({ settings }) as unknown as RunEntry);
    expect(differingSettings(runs)).toEqual(['lr', 'valData.texts.type', 'wandbNotes']);
  });

  it('read as people write them', () => {
    expect([1e-4, 0.002, 16_384, true, null, 'relu', undefined].map(settingText)).toEqual([
      ...['1e-4', '0.002', '16384', 'true', 'null', 'relu', ''],
    ]);
  });
});
