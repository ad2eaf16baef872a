// Sweeps as jobs of a batch system, on a cluster of one node.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, root, saev } from './helpers/saev.ts';
import { briefTraining as brief, smallTraining as small } from './helpers/small-run.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-slurm-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
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
