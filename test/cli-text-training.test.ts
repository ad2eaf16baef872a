// Training on texts from every source: shards, the hub, and a model that runs along until Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { record } from '../src/activations/job.ts';
import { readCheckpoint } from '../src/sae/checkpoints/registry.ts';
import { hookPointsOf } from '../src/sae/hook-points.ts';
import { grid, splitConfigs } from '../src/training/config/sweep.ts';
import { TrainConfig, type TrainConfigInput } from '../src/training/config/train-config.ts';
import { train } from '../src/training/train.ts';
import { startTestHub } from './helpers/hub-repos.ts';
import { type LanguageWorkshop, languageWorkshop } from './helpers/language.ts';
import { program, root, saev, withoutAdvice } from './helpers/saev.ts';
import {
  LETTERS,
  paragraphsOf,
  TINY_MODEL,
  textData,
  textRecording,
  writeTexts,
} from './helpers/text-activations.ts';

const IN = 'blocks.0.ln2.hook_normalized';
const OUT = 'blocks.0.hook_mlp_out';

let workshop: LanguageWorkshop;
let texts: string;
beforeAll(async () => {
  workshop = await languageWorkshop();
  texts = await writeTexts(workshop.folder, 60);
});
afterAll(() => workshop.close());

const schedule = {
  nPatches: 800,
  saeBatchSize: 40,
  lr: 1e-2,
  lrSchedule: 'constant',
  logEvery: 1,
  nEvalRows: 100,
  nEvalContexts: 6,
  threads: 1,
} as const satisfies TrainConfigInput;

function jobOf(name: string, change: TrainConfigInput = {}): TrainConfig {
  return TrainConfig.parse({
    ...schedule,
    runRoot: join(workshop.folder, name),
    data: textData(texts, { target: OUT }),
    ...change,
  });
}

type Line = Record<string, number>;

async function metricLines(path: string): Promise<Line[]> {
  const lines = (await readFile(join(path, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { time: _, ...rest } = JSON.parse(line) as Line;
    return rest;
  });
}

const weightsOf = (path: string): Promise<Buffer> =>
  readFile(join(path, 'checkpoint', 'sae_weights.safetensors'));

describe('training on recorded texts', () => {
  it('makes a transcoder of two hook points, and runs the model that they were recorded with', async () => {
    const { folder } = await record(
      textRecording(texts, join(workshop.folder, 'shards'), {
        vitLayers: [IN, OUT],
        nPatchesPerShard: 200,
      }),
    );
    const data = { shardRoot: folder, layer: IN, target: OUT };
    const [recorded] = await train([jobOf('recorded', { data })]);
    const [live] = await train([jobOf('live')]);
    const coder = await readCheckpoint(join(recorded!.path, 'checkpoint'));
    expect(hookPointsOf(coder)).toMatchObject({ input: IN, output: OUT, layer: 0 });
    expect(coder.config).toMatchObject({ dIn: 16, dOut: 16, subtractDecoderBias: false });
    // What the model loses by itself, and without the MLP, does not depend on where the rows came from.
    const { ceLossClean, ceLossZeroAblated, ceLossReplaced, nEvalContexts } = recorded!.evaluation;
    expect(nEvalContexts).toBe(6);
    expect([ceLossClean, ceLossZeroAblated]).toBeClose(
      [live!.evaluation.ceLossClean!, live!.evaluation.ceLossZeroAblated!],
      { relative: 1e-6 },
    );
    expect(ceLossReplaced).toBeGreaterThan(0);
    expect(ceLossReplaced).not.toBe(ceLossZeroAblated);
    const lines = await metricLines(recorded!.path);
    expect(lines.at(-2)!['losses/mse']).toBeLessThan(0.9 * lines[0]!['losses/mse']!);
    for (const line of lines.slice(0, -1)) {
      expect(line['metrics/explained_variance']).toBeLessThan(1);
      expect(line['metrics/explained_variance_std']).toBeGreaterThan(0);
    }
  });
});

describe('a sweep on texts', () => {
  it('reads the texts once for all coefficients, and gives each the run that it gets alone', async () => {
    const base = { ...schedule, data: textData(texts), runRoot: join(workshop.folder, 'sweep') };
    const { configs } = grid(base, { objective: { sparsityCoeff: [1e-4, 0.3] } });
    expect(splitConfigs(configs)).toHaveLength(1);
    const runs = await train(configs);
    const l1 = runs.map(({ evaluation }) => evaluation.l1);
    expect(l1[1]).toBeLessThan(0.8 * l1[0]!);
    expect(new Set(runs.map(({ path }) => path)).size).toBe(2);
    // A group is read in the order that its first run's seed gives.
    const runRoot = join(workshop.folder, 'alone');
    const [alone] = await train([{ ...configs[1]!, seed: configs[0]!.seed, runRoot }]);
    expect((await weightsOf(alone!.path)).equals(await weightsOf(runs[1]!.path))).toBe(true);
    expect(alone!.evaluation).toEqual(runs[1]!.evaluation);
  });
});

/** Flags of a short run of the program on the tiny model. */
function flags(runRoot: string, more: readonly string[]): string[] {
  const language = {
    model: TINY_MODEL,
    tokenizer: LETTERS,
    'context-size': '10',
    'batch-contexts': '4',
    'buffer-contexts': '8',
  };
  return [
    'train',
    ...Object.entries(language).flatMap(([key, value]) => [`--data.language.${key}`, value]),
    '--data.language.no-processing',
    ...['--data.layer', IN, '--data.target', OUT, '--sae-batch-size', '40', '--lr', '0.01'],
    ...['--n-eval-rows', '100', '--threads', '1', '--run-root', runRoot, '--quiet', ...more],
  ];
}

describe('training on texts of the hub', () => {
  it('reads as many contexts as training needs, by range', async () => {
    const hub = await startTestHub();
    try {
      const data = paragraphsOf(400);
      const parquet = new Uint8Array(
        parquetWriteBuffer({ columnData: [{ name: 'text', data, type: 'STRING' }] }),
      );
      await hub.repo('datasets/org/letters', { 'data/train-00000-of-00001.parquet': parquet });
      const runRoot = join(workshop.folder, 'hub');
      const env = { HF_ENDPOINT: hub.server.url, HF_HOME: join(workshop.folder, 'hf') };
      const args = flags(runRoot, [
        ...['--data.language.texts.type', 'text-hub', '--data.language.texts.name', 'org/letters'],
        ...['--n-patches', '300', '--json'],
      ]);
      const { code, stdout, stderr } = await saev(args, { cwd: root, env });
      expect({ code, stderr: withoutAdvice(stderr) }).toEqual({ code: 0, stderr: '' });
      const [run] = JSON.parse(stdout);
      const config = JSON.parse(await readFile(join(run.path, 'config.json'), 'utf8'));
      // 8 batches of 40 rows, in contexts of 10; too few to hold some out.
      expect(config.data.language.nContexts).toBe(32);
      expect(run.evaluation.nEvalContexts).toBe(32);
      const answers = hub.server.requests
        .filter(({ url, method }) => url.includes('.parquet') && method === 'GET')
        .map(({ status }) => status);
      // Ranges and ways to them, never the whole file.
      expect(answers).toContain(206);
      expect(answers).not.toContain(200);
    } finally {
      await hub.close();
    }
  });
});

describe('a live run on texts', () => {
  it('goes on after Ctrl-C to the bits of a run that was not stopped', async () => {
    const more = [
      ...['--data.language.texts.type', 'text-files', '--data.language.texts.root', texts],
      ...['--data.language.texts.documents', 'paragraph', '--n-patches', '4000'],
      ...['--log-every', '4', '--eval-every', '60', '--json'],
    ];
    const env = { HF_HOME: join(workshop.folder, 'hf') };
    const whole = await saev(flags(join(workshop.folder, 'whole'), more), { cwd: root, env });
    expect(whole.code).toBe(0);
    expect(withoutAdvice(whole.stderr)).toBe('');
    const [uninterrupted] = JSON.parse(whole.stdout);

    const runRoot = join(workshop.folder, 'stopped');
    const child = spawn(process.execPath, [program, ...flags(runRoot, more)], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    const closed = once(child, 'close');
    const steps = async (): Promise<number> => {
      const [id] = await readdir(runRoot).catch(() => []);
      const lines = id && (await metricLines(join(runRoot, id)).catch(() => []));
      return lines ? lines.length : 0;
    };
    await expect.poll(steps, { interval: 5 }).toBeGreaterThan(1);
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
    const before = await steps();
    expect(before).toBeLessThan(25);

    const rest = await saev(flags(runRoot, [...more, '--resume']), { cwd: root, env });
    expect(rest.code).toBe(0);
    expect(withoutAdvice(rest.stderr)).toBe('');
    const [resumed] = JSON.parse(rest.stdout);
    expect(await readdir(runRoot)).toHaveLength(1);
    expect((await weightsOf(resumed.path)).equals(await weightsOf(uninterrupted.path))).toBe(true);
    expect(await metricLines(resumed.path)).toEqual(await metricLines(uninterrupted.path));
    await rm(runRoot, { recursive: true });
  });
});
