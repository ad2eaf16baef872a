// Kills and failures: a job is hit at its N-th writing call, called again, and compared with one that was left alone.
import { spawn } from 'node:child_process';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Random } from '../../src/base/random.ts';
import { program } from '../../test/helpers/saev.ts';
import type { Job } from './jobs.ts';
import { compareTrees, readTree, type Tree } from './trees.ts';

/** What is done to a job at a call. */
export const DEEDS = ['kill', 'half', 'term', 'int', 'fail'] as const;
export type Deed = (typeof DEEDS)[number];

/** What is done to a job, and what came of it. */
export interface Trial {
  readonly job: string;
  readonly deed: Deed;
  /** Number of the writing call. */
  readonly at: number;
  readonly result: 'same' | 'leftovers' | 'different' | 'failed';
  /** Files that differ or are left, or what the program said. */
  readonly about: readonly string[];
}

/** A job that has been run whole: how many writing calls it makes, and what it leaves. */
export interface Measured {
  readonly job: Job;
  readonly calls: number;
  readonly tree: Tree;
}

/** What the system says when a call fails. */
const REFUSALS = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS', 'EMFILE'];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

const hook = pathToFileURL(join(import.meta.dirname, 'fault-hook.mjs')).href;

/** Run a job in `folder`, with faults as `env` names them. */
export function runJob(
  job: Job,
  folder: string,
  shared: string,
  options: { env?: NodeJS.ProcessEnv; more?: readonly string[] } = {},
): Promise<Ended> {
  const { env = {}, more = [] } = options;
  const args = [program, ...job.args(shared), ...more, '--quiet'];
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--import', hook, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        HF_HUB_OFFLINE: '1',
        HF_HOME: join(folder, 'hub'),
        ...job.env?.(),
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString('utf8');
    });
    child.on('close', (code, signal) => done({ code, signal, said }));
  });
}

/** Run a job whole, and count what it writes. */
export async function measure(job: Job, folder: string, shared: string): Promise<Measured> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, 'calls.log');
  await appendFile(log, '');
  const env = { TORTURE_DIR: join(folder, 'out'), TORTURE_LOG: log };
  const { code, said } = await runJob(job, folder, shared, { env });
  if (code !== 0) throw new Error(`${job.name} ended with ${code} by itself\n${said}`);
  const calls = (await readFile(log, 'utf8')).split('\n').length - 1;
  return { job, calls, tree: await readTree(join(folder, 'out')) };
}

/** Choose calls that are spread over a whole job, each at random in its stretch. */
export function spreadCalls(calls: number, n: number, random: Random): number[] {
  return Array.from({ length: n }, (_, i) => {
    const [from, to] = [Math.floor((calls * i) / n), Math.floor((calls * (i + 1)) / n)];
    return 1 + from + random.int(Math.max(1, to - from));
  });
}

/** A signal is heeded, a refusal is said in a sentence. */
function isOdd({ code, signal, said }: Ended, deed: Deed): boolean {
  if (deed === 'kill' || deed === 'half') return signal !== 'SIGKILL';
  if (deed === 'fail') return !(code === 0 || code === 2) || said.includes('    at ');
  return code !== 0 && code !== 130;
}

/** End a job at a call, call it again until it is done, and compare. */
export async function tryKill(
  { job, tree }: Measured,
  folder: string,
  shared: string,
  { deed, at }: { deed: Deed; at: number },
): Promise<Trial> {
  await mkdir(folder, { recursive: true });
  const env = {
    TORTURE_DIR: join(folder, 'out'),
    TORTURE_AT: String(at),
    TORTURE_DO: deed,
    TORTURE_ERROR: REFUSALS[at % REFUSALS.length]!,
  };
  const about = { job: job.name, deed, at };
  try {
    const first = await runJob(job, folder, shared, { env });
    if (isOdd(first, deed))
      return { ...about, result: 'failed', about: [`code ${first.code}: ${first.said}`] };
    if (first.code !== 0) {
      const { code, said } = await runJob(job, folder, shared, { more: job.again ?? [] });
      // A result that stands there whole is not written twice; whether it is whole, the comparison tells.
      const stands = code === 2 && job.refusesTwice === true && said.includes('something stands');
      if (code !== 0 && !stands)
        return { ...about, result: 'failed', about: [`again, code ${code}: ${said}`] };
    }
    const { different, leftovers } = compareTrees(tree, await readTree(join(folder, 'out')));
    if (different.length > 0) return { ...about, result: 'different', about: different };
    return { ...about, result: leftovers.length > 0 ? 'leftovers' : 'same', about: leftovers };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
