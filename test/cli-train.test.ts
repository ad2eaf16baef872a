// Training and converting from the command line: one run in a process of its own, the others within that of the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKPOINT_FORMATS } from '../src/sae/checkpoints/registry.ts';
import { writeLogSparsityBeside } from '../src/sae/log-sparsity.ts';
import { program, root, saev, withoutAdvice } from './helpers/saev.ts';
import { saevHere } from './helpers/saev-here.ts';
import { briefTraining as brief } from './helpers/small-run.ts';
import { LETTERS, TINY_MODEL, writeTexts } from './helpers/text-activations.ts';

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
  return trainBy(saevHere, ...args);
}

async function trainBy(by: typeof saevHere, ...args: string[]): Promise<Run[]> {
  const { code, stdout, stderr } = await by(['train', ...args, '--json']);
  expect({ code, stderr: withoutAdvice(stderr) }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('train', () => {
  it('trains, evaluates, and writes a run that says what it was', async () => {
    const args = [...brief, '--run-root', join(folder, 'one'), '--tag', 'first'];
    const [run] = await trainBy(saev, ...args);
    expect(run!.evaluation).toMatchObject({ l0: expect.any(Number), nDead: expect.any(Number) });
    const config = JSON.parse(await readFile(join(run!.path, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ tag: 'first', nPatches: 160, sae: { expFactor: 2 } });
    const text = (await saevHere(['inspect', run!.path])).stdout;
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
    const listed = await saevHere(['inspect', join(folder, 'sweep')]);
    expect(listed.stdout.trim().split('\n')).toHaveLength(9); // with a line of headers
    const group = ['--sweep', sweep, '--group', '1', '--run-root', join(folder, 'group')];
    expect((await train(...brief, ...group)).map(({ config }) => config.sae.expFactor)).toEqual([
      3, 3, 3, 3,
    ]);
    const none = await saevHere(['train', ...brief, '--sweep', sweep, '--group', '2']);
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the sweep has 2 groups'),
    });
  });

  it('refuses a sweep with a wrong key or value before anything is written', async () => {
    const sweep = join(folder, 'wrong.toml');
    const runs = join(folder, 'wrong');
    await writeFile(sweep, 'learning_rate = [1, 2]');
    const key = await saevHere(['train', ...brief, '--run-root', runs, '--sweep', sweep]);
    expect(key).toMatchObject({ code: 2, stderr: expect.stringContaining("'learning_rate'") });
    await writeFile(sweep, 'lr = [1e-3, -1]');
    const value = await saevHere(['train', ...brief, '--run-root', runs, '--sweep', sweep]);
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
    const text = (await saevHere(['inspect', run!.path])).stdout;
    expect(text).toMatch(
      /data +texts, .*gpt2, blocks.0.ln2.hook_normalized to blocks.0.hook_mlp_out\n/,
    );
    const pt = join(folder, 'transcoder.pt');
    const convert = ['convert', run!.path, pt, '--format', 'transcoder-circuits'];
    expect(await saevHere(convert)).toMatchObject({ code: 0 });
    const written = await readFile(pt);
    // Killed between the two files that it writes, it leaves the frequencies, and takes them as they are.
    await rm(pt);
    expect(await saevHere(convert)).toMatchObject({ code: 0 });
    expect(await readFile(pt)).toEqual(written);
    await rm(pt);
    await writeLogSparsityBeside(pt, Float32Array.of(-1));
    expect((await saevHere(convert)).stderr).toContain(
      "log_feature_sparsity.pt': something stands",
    );
    expect(existsSync(pt)).toBe(false);
    expect(await saevHere([...convert, '--overwrite'])).toMatchObject({ code: 0 });
    const { config } = JSON.parse((await saevHere(['inspect', pt, '--json'])).stdout);
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
    const ended = await saevHere(['train', ...language(texts), '--run-root', runs, ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(await readdir(runs).catch(() => [])).toEqual([]);
  });
});

describe('convert', () => {
  it('knows every format', async () => {
    const { stdout } = await saevHere(['convert', '--help']);
    expect(stdout).toContain(CHECKPOINT_FORMATS.map(({ name }) => name).join('|'));
  });

  it('writes a run as sae.pt and back, and does not write over anything', async () => {
    const runs = join(folder, 'convert');
    const plain = ['--data.no-scale-mean', '--data.no-scale-norm'];
    const [run] = await train(...brief, ...plain, '--run-root', runs);
    const pt = join(folder, 'sae.pt');
    const there = await saevHere(['convert', run!.path, pt]);
    expect(there).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${pt}: saev-early, relu, 6 to 12`),
    });
    const described = JSON.parse((await saevHere(['inspect', pt, '--json'])).stdout);
    expect(described).toMatchObject({
      kind: 'checkpoint',
      format: 'saev',
      config: { dIn: 6, dSae: 12 },
    });
    const before = await readFile(pt);
    const again = await saevHere(['convert', run!.path, pt]);
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('something stands there'),
    });
    expect(await readFile(pt)).toEqual(before);
    const back = join(folder, 'back');
    expect(await saevHere(['convert', pt, back])).toMatchObject({ code: 0 });
    expect((await saevHere(['inspect', back])).stdout).toMatch(/format +saelens/);
  });

  it.each([
    [['gone.pt', 'x.pt'], "missing checkpoint: 'gone.pt'"],
    [['a'], 'missing to'],
    [['a', 'b', 'c'], "missing run: 'a'"],
    [['a', 'b', '--format', 'onnx'], "invalid format: 'onnx'"],
  ])('refuses %j', async (args, message) => {
    expect(await saevHere(['convert', ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });
});
