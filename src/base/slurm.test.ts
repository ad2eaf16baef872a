import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchJob, batchScript, followJob, submitJob, TASK } from './slurm.ts';

const start = new URL('../../test/slurm/start.sh', import.meta.url).pathname;
const folders = `${process.env.PATH}${delimiter}/usr/sbin`.split(delimiter);
const installed = ['sbatch', 'slurmctld', 'slurmd', 'munged'].every((program) =>
  folders.some((folder) => existsSync(join(folder, program))),
);

describe('batchScript', () => {
  it('quotes every argument, so that a shell gives back the same ones', () => {
    const args = ["it's", '$HOME `id` "x"', '', 'a\nb', '--x=1;2', '\\'];
    const script = batchScript([
      process.execPath,
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...args,
    ]);
    expect(JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))).toEqual(args);
  });

  it('puts in the number of an array task', () => {
    const script = batchScript(['echo', `run ${TASK}`]);
    const env = { ...process.env, SLURM_ARRAY_TASK_ID: '7' };
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8', env })).toBe('run 7\n');
  });
});

describe('without Slurm', () => {
  it('says that its program is missing', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      await expect(
        submitJob({ ...job, logTo: await mkdtemp(join(tmpdir(), 'slurm-')) }),
      ).rejects.toThrow('missing program: sbatch');
    } finally {
      process.env.PATH = path;
    }
  });
});

const job: BatchJob = {
  name: 'test',
  command: ['true'],
  logTo: '.',
  account: 'anyone',
  partition: '',
  hours: 0.1,
  cpus: 1,
};

describe.skipIf(!installed)('on a cluster of one node', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slurm-'));
    process.env.PATH = folders.join(delimiter);
    process.env.SLURM_CONF = execFileSync(start, [join(folder, 'cluster')], {
      encoding: 'utf8',
    }).trim();
  });

  afterAll(async () => {
    execFileSync(start, ['--stop', join(folder, 'cluster')]);
    delete process.env.SLURM_CONF;
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  const logTo = (): string => join(folder, 'logs 100%');

  it('runs a command, follows it and keeps what it printed', async () => {
    const states: string[] = [];
    const submitted = await submitJob({ ...job, logTo: logTo(), command: ['echo', "it's $HOME"] });
    const ended = await followJob(submitted.id, {
      every: 100,
      onChange: (now) => states.push(...now.values()),
    });
    expect([...ended]).toEqual([[0, 'COMPLETED']]);
    expect(states.at(-1)).toBe('COMPLETED');
    expect(await readFile(submitted.logOf(0), 'utf8')).toBe("it's $HOME\n");
  });

  it('runs an array and tells which of its tasks failed', async () => {
    const command = ['bash', '-c', 'echo task "$1"; [ "$1" != 1 ]', '--', TASK];
    const submitted = await submitJob({
      ...job,
      logTo: logTo(),
      command,
      tasks: 3,
      partition: 'main',
    });
    const ended = await followJob(submitted.id, { every: 100 });
    expect([...ended]).toEqual([
      [0, 'COMPLETED'],
      [1, 'FAILED'],
      [2, 'COMPLETED'],
    ]);
    expect(await readFile(submitted.logOf(1), 'utf8')).toBe('task 1\n');
  });

  it('cancels the job when it is told to stop, and lets the command end by itself', async () => {
    const stop = new AbortController();
    const command = [
      'bash',
      '-c',
      'trap "echo saved; exit 0" TERM; echo up; for i in {1..100}; do sleep 0.1; done',
    ];
    const submitted = await submitJob({ ...job, logTo: logTo(), command });
    const following = followJob(submitted.id, { every: 50, signal: stop.signal });
    await expect.poll(() => printed(submitted.logOf(0))).toContain('up');
    stop.abort(new Error('stopped here'));
    await expect(following).rejects.toThrow('stopped here');
    await expect.poll(() => printed(submitted.logOf(0))).toContain('saved');
    expect((await followJob(submitted.id, { every: 100 })).get(0)).toBe('CANCELLED');
  });

  it('says why Slurm refuses a job', async () => {
    await expect(submitJob({ ...job, logTo: logTo(), partition: 'nowhere' })).rejects.toMatchObject(
      {
        name: 'UserError',
        message: expect.stringMatching(/^Slurm refused: .*partition/i),
      },
    );
  });
});

async function printed(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
