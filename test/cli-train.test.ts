import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKPOINT_FORMATS } from '../src/sae/checkpoints/registry.ts';
import { writeLogSparsityBeside } from '../src/sae/log-sparsity.ts';
import { program, root, saev, withoutAdvice } from './helpers/saev.ts';
import { LETTERS, TINY_MODEL, writeTexts } from './helpers/text-activations.ts';

const shards = join(root, 'fixtures/activations/python-shards');
const small = [
  '--data.shard-root',
  shards,
  '--data.layer',
  '7',
  '--sae-batch-size',
  '8',
  '--n-lr-warmup',
  '2',
];
const brief = [
  ...small,
  '--n-patches',
  '160',
  '--sae.exp-factor',
  '2',
  '--log-every',
  '5',
  '--quiet',
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-train-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

interface Run {
  path: string;
  config: { seed: number; lr: number; sae: { seed: number; expFactor: number }; objective: object };
  evaluation: Record<string, number>;
}

async function train(...args: string[]): Promise<Run[]> {
  const { code, stdout, stderr } = await saev(['train', ...args, '--json']);
  expect({ code, stderr: withoutAdvice(stderr) }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('train', () => {
  it('trains, evaluates, and writes a run that says what it was', async () => {
    const [run] = await train(...brief, '--run-root', join(folder, 'one'), '--tag', 'first');
    expect(run!.evaluation).toMatchObject({ l0: expect.any(Number), nDead: expect.any(Number) });
    const config = JSON.parse(await readFile(join(run!.path, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ tag: 'first', nPatches: 160, sae: { expFactor: 2 } });
    const text = (await saev(['inspect', run!.path])).stdout;
    expect(text).toMatch(/^run {2}.*\n {2}state +finished\n/);
    expect(text).toMatch(/ {2}tag +first\n/);
    expect(text).toMatch(/ {2}evaluation +rows 32, l0 /);
  });

  it('gives the same run again from the config.json of the first', async () => {
    const [first] = await train(...brief, '--run-root', join(folder, 'again'));
    const [second] = await train('--config', join(first!.path, 'config.json'), '--quiet');
    expect(second!.path).not.toBe(first!.path);
    expect(second!.evaluation).toEqual(first!.evaluation);
  });

  it('trains a sweep written for Python', async () => {
    const sweep = join(folder, 'sweep.toml');
    await writeFile(
      sweep,
      'lr = [1e-3, 3e-4]\n[sae]\nsparsity_coeff = [4e-4, 8e-4]\nexp_factor = [2, 3]\n[data]\nclamp = 10.0\n',
    );
    const runs = await train(...brief, '--run-root', join(folder, 'sweep'), '--sweep', sweep);
    expect(runs).toHaveLength(8);
    expect(
      runs.map(({ config }) => [config.lr, config.sae.expFactor, config.seed, config.sae.seed]),
    ).toEqual(
      [1e-3, 3e-4].flatMap((lr, i) =>
        [0, 1].flatMap((j) =>
          [2, 3].map((width, k) => [lr, width, 42 + 4 * i + 2 * j + k, 42 + 4 * i + 2 * j + k]),
        ),
      ),
    );
    const listed = await saev(['inspect', join(folder, 'sweep')]);
    expect(listed.stdout.trim().split('\n')).toHaveLength(9); // with a line of headers
    const group = ['--sweep', sweep, '--group', '1', '--run-root', join(folder, 'group')];
    expect((await train(...brief, ...group)).map(({ config }) => config.sae.expFactor)).toEqual([
      3, 3, 3, 3,
    ]);
    const none = await saev(['train', ...brief, '--sweep', sweep, '--group', '2']);
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the sweep has 2 groups'),
    });
  });

  it('refuses a sweep with a wrong key or value before anything is written', async () => {
    const sweep = join(folder, 'wrong.toml');
    const runs = join(folder, 'wrong');
    await writeFile(sweep, 'learning_rate = [1, 2]');
    const key = await saev(['train', ...brief, '--run-root', runs, '--sweep', sweep]);
    expect(key).toMatchObject({ code: 2, stderr: expect.stringContaining("'learning_rate'") });
    await writeFile(sweep, 'lr = [1e-3, -1]');
    const value = await saev(['train', ...brief, '--run-root', runs, '--sweep', sweep]);
    expect(value.code).toBe(2);
    expect(value.stderr).toContain('invalid sweep: 1 of the 2 runs');
    expect(value.stderr).toContain('invalid lr: -1');
    expect(existsSync(runs)).toBe(false);
  });

  it('stops at Ctrl-C and goes on with --resume', async () => {
    const runs = join(folder, 'stopped');
    const long = [...brief, '--n-patches', '2400', '--run-root', runs, '--checkpoint-every', '20'];
    const child = spawn(process.execPath, [program, 'train', ...long]);
    let said = '';
    child.stderr.on('data', (piece) => {
      said += piece;
    });
    await expect
      .poll(() => readdir(runs, { recursive: true }).catch(() => []), { interval: 20 })
      .toEqual(expect.arrayContaining([expect.stringMatching(/state/)]));
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(said).toContain('with --resume goes on from the last checkpoint');
    expect(code).toBe(130);
    const [id] = await readdir(runs);
    const [run] = await train(...long, '--resume');
    expect(run!.path).toBe(join(runs, id!));
    expect(await readdir(runs)).toEqual([id]);
  });
});

describe('train on texts', () => {
  const language = (texts: string): string[] => [
    ...['--data.language.model', join(root, TINY_MODEL), '--data.language.context-size', '10'],
    ...['--data.language.tokenizer', join(root, LETTERS), '--data.language.texts.type'],
    ...['text-files', '--data.language.texts.root', texts, '--data.language.no-processing'],
    ...['--data.language.texts.documents', 'paragraph'],
    ...['--data.layer', 'blocks.0.ln2.hook_normalized', '--data.target', 'blocks.0.hook_mlp_out'],
    ...['--sae-batch-size', '32', '--expansion-factor', '2', '--threads', '1', '--quiet'],
  ];

  it('trains a transcoder with the options of transcoder-circuits, and converts it', async () => {
    const texts = await writeTexts(folder, 120);
    const [run] = await train(
      ...language(texts),
      ...['--run-root', join(folder, 'texts-runs'), '--total-training-tokens', '320'],
      ...['--lr-scheduler-name', 'constantwithwarmup', '--lr-warm-up-steps', '4'],
      ...[
        '--b-dec-init-method',
        'geometric_median',
        '--use-ghost-grads',
        '--l1-coefficient',
        '1e-3',
      ],
      ...['--n-checkpoints', '1', '--n-eval-rows', '64', '--n-eval-contexts', '4'],
    );
    expect(run!.config).toMatchObject({
      nPatches: 320,
      lrSchedule: 'constantWithWarmup',
      objective: { sparsityCoeff: 1e-3 },
      sae: { ghostGrads: true, bDecInit: 'geometricMedian', expFactor: 2 },
    });
    expect(run!.evaluation).toMatchObject({ rows: 64, ceLossScore: expect.any(Number) });
    const text = (await saev(['inspect', run!.path])).stdout;
    expect(text).toMatch(
      /data +texts, .*gpt2, blocks.0.ln2.hook_normalized to blocks.0.hook_mlp_out\n/,
    );
    const pt = join(folder, 'transcoder.pt');
    const convert = ['convert', run!.path, pt, '--format', 'transcoder-circuits'];
    expect(await saev(convert)).toMatchObject({ code: 0 });
    const written = await readFile(pt);
    // Killed between the two files that it writes, it leaves the frequencies, and takes them as they are.
    await rm(pt);
    expect(await saev(convert)).toMatchObject({ code: 0 });
    expect(await readFile(pt)).toEqual(written);
    await rm(pt);
    await writeLogSparsityBeside(pt, Float32Array.of(-1));
    expect((await saev(convert)).stderr).toContain("log_feature_sparsity.pt': something stands");
    expect(existsSync(pt)).toBe(false);
    expect(await saev([...convert, '--overwrite'])).toMatchObject({ code: 0 });
    const { config } = JSON.parse((await saev(['inspect', pt, '--json'])).stdout);
    expect(config.metadata).toMatchObject({
      hook_point: 'blocks.0.ln2.hook_normalized',
      out_hook_point: 'blocks.0.hook_mlp_out',
      out_hook_point_layer: 0,
      context_size: 10,
    });
  });

  it.each([
    [['--data.target', 'blocks.0.hook_mpl_out'], "unknown hook point: 'blocks.0.hook_mpl_out'"],
    [['--lr-schedule', 'sometimes'], "invalid lrSchedule: 'sometimes'"],
    [['--data.live.vit-family', 'clip'], 'both data.live and data.language'],
    [['--sae.input-bias', 'decoder'], 'invalid sae.inputBias: decoder'],
    [['--sparse-connection.path', 'gone', '--sparse-connection.coefficient', '1'], "'gone'"],
  ])('refuses %j and leaves no run behind', async (args, message) => {
    const texts = await writeTexts(folder, 120);
    const runs = join(folder, 'texts-wrong');
    const ended = await saev(['train', ...language(texts), '--run-root', runs, ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(await readdir(runs).catch(() => [])).toEqual([]);
  });
});

describe('convert', () => {
  it('knows every format', async () => {
    const { stdout } = await saev(['convert', '--help']);
    expect(stdout).toContain(CHECKPOINT_FORMATS.map(({ name }) => name).join('|'));
  });

  it('writes a run as sae.pt and back, and does not write over anything', async () => {
    const runs = join(folder, 'convert');
    const plain = ['--data.no-scale-mean', '--data.no-scale-norm'];
    const [run] = await train(...brief, ...plain, '--run-root', runs);
    const pt = join(folder, 'sae.pt');
    const there = await saev(['convert', run!.path, pt]);
    expect(there).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${pt}: saev-early, relu, 6 to 12`),
    });
    const described = JSON.parse((await saev(['inspect', pt, '--json'])).stdout);
    expect(described).toMatchObject({
      kind: 'checkpoint',
      format: 'saev',
      config: { dIn: 6, dSae: 12 },
    });
    const before = await readFile(pt);
    const again = await saev(['convert', run!.path, pt]);
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('something stands there'),
    });
    expect(await readFile(pt)).toEqual(before);
    const back = join(folder, 'back');
    expect(await saev(['convert', pt, back])).toMatchObject({ code: 0 });
    expect((await saev(['inspect', back])).stdout).toMatch(/format +saelens/);
  });

  it.each([
    [['gone.pt', 'x.pt'], "missing checkpoint: 'gone.pt'"],
    [['a'], 'missing to'],
    [['a', 'b', 'c'], "missing run: 'a'"],
    [['a', 'b', '--format', 'onnx'], "invalid format: 'onnx'"],
  ])('refuses %j', async (args, message) => {
    expect(await saev(['convert', ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });
});

const start = join(root, 'test/slurm/start.sh');
const folders = `${process.env.PATH}${delimiter}/usr/sbin`.split(delimiter);
const installed = ['sbatch', 'slurmctld', 'slurmd', 'munged'].every((name) =>
  folders.some((place) => existsSync(join(place, name))),
);

describe.skipIf(!installed)('on a Slurm cluster', () => {
  let env: NodeJS.ProcessEnv;
  let cluster: string;

  beforeAll(async () => {
    cluster = join(folder, 'cluster');
    const PATH = folders.join(delimiter);
    const conf = execFileSync(start, [cluster], {
      encoding: 'utf8',
      env: { ...process.env, PATH },
    });
    env = { PATH, SLURM_CONF: conf.trim() };
  });

  afterAll(() => {
    execFileSync(start, ['--stop', cluster]);
  });

  const batch = ['--slurm-acct', 'anyone', '--slurm-partition', 'preemptible', '--threads', '1'];

  it('trains the groups of a sweep as tasks of one job', async () => {
    const sweep = join(folder, 'slurm.toml');
    await writeFile(sweep, 'lr = [1e-3, 3e-4]\n[sae]\nexp_factor = [2, 3]\n');
    const runs = join(folder, 'slurm-runs');
    const logs = join(folder, 'logs');
    const args = [...brief, ...batch, '--run-root', runs, '--log-to', logs, '--sweep', sweep];
    const { code, stdout, stderr } = await saev(['train', ...args], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(await readdir(runs)).toHaveLength(4);
    expect((await readdir(logs)).filter((name) => name.endsWith('.out'))).toHaveLength(2);
  });

  it('tells what a failed task said', async () => {
    const args = [...brief, ...batch, '--data.layer', '5', '--log-to', join(folder, 'logs-failed')];
    const { code, stderr } = await saev(['train', ...args], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/Slurm job \d+ did not succeed: 1 failed/);
    expect(stderr).toContain('missing layer 5');
  });

  it('cancels the job at Ctrl-C', async () => {
    const runs = join(folder, 'slurm-stopped');
    const logs = join(folder, 'logs-stopped');
    await mkdir(logs);
    const long = [
      ...brief,
      ...batch,
      '--n-patches',
      '4000000',
      '--run-root',
      runs,
      '--log-to',
      logs,
    ];
    const child = spawn(process.execPath, [program, 'train', ...long], {
      env: { ...process.env, ...env },
    });
    let said = '';
    child.stderr.on('data', (piece) => {
      said += piece;
    });
    await expect.poll(() => readdir(runs).catch(() => []), { interval: 50 }).toHaveLength(1);
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(said).toMatch(/Job \d+ was cancelled/);
    const output = async (): Promise<string> => {
      const name = (await readdir(logs)).find((file) => file.endsWith('.out'))!;
      return readFile(join(logs, name), 'utf8');
    };
    await expect.poll(output).toContain('with --resume goes on');
  });

  // Now and then Slurm ends a requeued job as failed before it begins, because its two minutes are cut short here.
  it('goes on with a sweep whose job Slurm has begun anew', { retry: 6 }, async () => {
    const place = await mkdtemp(join(folder, 'requeued-'));
    const sweep = join(place, 'requeued.toml');
    await writeFile(sweep, 'lr = [1e-3, 3e-4]\n');
    const runs = join(place, 'runs');
    const logs = join(place, 'logs');
    const places = ['--run-root', runs, '--log-to', logs, '--sweep', sweep];
    const long = ['--n-patches', '1600', '--checkpoint-every', '0', '--log-every', '5'];
    const args = ['train', ...small, ...long, ...batch, ...places];
    const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
    let said = '';
    child.stderr.on('data', (piece) => {
      said += piece;
    });
    const ended = once(child, 'close');
    const call = (name: string, ...words: string[]): string =>
      execFileSync(name, words, { env: { ...process.env, ...env }, encoding: 'utf8' });
    const begun = async (): Promise<string> => {
      const [id = ''] = await readdir(runs).catch(() => []);
      return readFile(join(runs, id, 'metrics.jsonl'), 'utf8').catch(() => '');
    };
    await expect.poll(begun, { interval: 20 }).toContain('\n');
    const job = /job (\d+)/.exec(said)![1]!;
    call('scontrol', 'requeue', job);
    // Slurm waits for two minutes, so that what is left of the job is gone.
    await expect
      .poll(() => call('squeue', '--noheader', `--jobs=${job}`, '--format=%T %r'), { interval: 50 })
      .toBe('PENDING BeginTime\n');
    const node = (): string => call('sinfo', '--noheader', '--format=%T').trim();
    await expect.poll(node, { interval: 50 }).toBe('idle');
    call('scontrol', 'update', `JobId=${job}`, 'StartTime=now');
    const [code] = await ended;
    const output = await readFile(join(logs, `${job}.out`), 'utf8');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(
        /stopped at step \d+(.|\n)*begun this job anew(.|\n)*going on from step \d+/,
      ),
    });
    const records = (await readdir(runs)).map((name) => join(runs, name, 'run.json'));
    const states = await Promise.all(records.map((path) => readFile(path, 'utf8')));
    expect(states.map((text) => JSON.parse(text).status)).toEqual(['finished', 'finished']);
  });
});
