// Batch jobs on a Slurm cluster, through its own programs: submit, follow, cancel.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode, UserError } from './errors.ts';
import { writeFileAtomic } from './files.ts';
import { makeFolder } from './folders.ts';
import { logger } from './log.ts';

const run = promisify(execFile);
const log = logger('slurm');

/** A command to run as a batch job. */
export interface BatchJob {
  readonly name: string;
  /** Program and arguments. In an array job the arguments may hold `TASK`, which becomes the task's number. */
  readonly command: readonly string[];
  /** Folder for the script and for what the job prints. */
  readonly logTo: string;
  /** Empty for the cluster's default. */
  readonly account: string;
  /** Empty for the cluster's default. */
  readonly partition: string;
  /** Time limit. */
  readonly hours: number;
  readonly cpus: number;
  /** Make an array of this many tasks, numbered from 0; one plain job when undefined. */
  readonly tasks?: number;
}

/** What stands for the task's number in the arguments of an array job. */
export const TASK = '{task}';

/** A job that Slurm has taken. */
export interface SubmittedJob {
  readonly id: string;
  /** File that a task prints to. */
  logOf(task: number): string;
}

/** State of each task by its number, in Slurm's words: `PENDING`, `RUNNING`, `COMPLETED`, `FAILED` … */
export type TaskStates = ReadonlyMap<number, string>;

/**
 * Hand a job to Slurm, in the current folder and environment.
 *
 * @throws {UserError} when Slurm refuses it.
 */
export async function submitJob(job: BatchJob): Promise<SubmittedJob> {
  const folder = resolve(job.logTo);
  await makeFolder(folder);
  const script = join(folder, `${job.name}-${process.pid}-${Date.now()}.sh`);
  await writeFileAtomic(script, batchScript(job.command));
  const isArray = job.tasks !== undefined;
  // Slurm reads % as the start of a pattern.
  const output = join(folder.replaceAll('%', '%%'), isArray ? '%A_%a.out' : '%j.out');
  const printed = await call('sbatch', [
    '--parsable',
    `--job-name=${job.name}`,
    `--output=${output}`,
    // What a job said before Slurm began it anew stays.
    '--open-mode=append',
    `--time=${Math.max(1, Math.ceil(job.hours * 60))}`,
    `--cpus-per-task=${job.cpus}`,
    // A minute before the time limit the job is asked to stop, so that it can write a checkpoint.
    '--signal=B:TERM@60',
    ...(job.account === '' ? [] : [`--account=${job.account}`]),
    ...(job.partition === '' ? [] : [`--partition=${job.partition}`]),
    ...(isArray ? [`--array=0-${job.tasks! - 1}`] : []),
    script,
  ]);
  // `12` or `12;cluster`.
  const id = printed.trim().split(';')[0]!;
  log.info(`job ${id}${isArray ? ` of ${job.tasks} tasks` : ''}: output in ${folder}`);
  return { id, logOf: (task) => join(folder, isArray ? `${id}_${task}.out` : `${id}.out`) };
}

/** Write the script of a job: the command alone, so that Slurm's signals reach it. */
export function batchScript(command: readonly string[]): string {
  const words = command.map((word) => quote(word).replaceAll(TASK, `'"$SLURM_ARRAY_TASK_ID"'`));
  return `#!/bin/bash\nexec ${words.join(' ')}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

interface FollowOptions {
  /** Cancels the job when aborted. */
  readonly signal?: AbortSignal;
  /** Most milliseconds between two looks; the first ones follow each other faster. @default 5000 */
  readonly every?: number;
  readonly onChange?: (states: TaskStates) => void;
}

/** Wait for the end of all tasks of a job and return their last states. */
export async function followJob(id: string, options: FollowOptions = {}): Promise<TaskStates> {
  const { signal, every = 5000, onChange } = options;
  let shown = '';
  let states: TaskStates = new Map();
  for (let misses = 0, pause = 100; ; pause = Math.min(every, pause * 1.5)) {
    if (signal?.aborted) {
      await cancelJob(id);
      throw signal.reason;
    }
    const now = await readStates(id);
    // The controller may be away for a while; only a long silence means that the job is forgotten.
    misses = now === undefined ? misses + 1 : 0;
    if (misses >= 12) return withUnknown(states);
    if (now !== undefined && now.size > 0) {
      states = now;
      const text = JSON.stringify([...now]);
      if (text !== shown) onChange?.(now);
      shown = text;
      if ([...now.values()].every(isFinal)) return now;
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** Ask Slurm to end a job. */
async function cancelJob(id: string): Promise<void> {
  await call('scancel', [id]);
  log.info(`job ${id} cancelled`);
}

const RUNNING = ['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING', 'REQUEUED', 'SUSPENDED'];
const WAITING = ['REQUEUE_HOLD', 'REQUEUE_FED', 'RESIZING', 'SIGNALING', 'STAGE_OUT', 'STOPPED'];

function isFinal(state: string): boolean {
  return !RUNNING.includes(state) && !WAITING.includes(state);
}

function withUnknown(states: TaskStates): TaskStates {
  return new Map([...states].map(([task, state]) => [task, isFinal(state) ? state : 'UNKNOWN']));
}

/** The states by squeue, which remembers ended jobs for some minutes, or by the accounting; undefined without either. */
async function readStates(id: string): Promise<TaskStates | undefined> {
  try {
    const format = ['--noheader', '--array', '--states=all', '--format=%K|%T'];
    const text = await call('squeue', [...format, `--jobs=${id}`]);
    return parseStates(text, (first) => (first === 'N/A' ? 0 : Number(first)));
  } catch {
    const format = ['--noheader', '--parsable2', '--allocations', '--format=JobID,State'];
    try {
      const text = await call('sacct', [...format, `--jobs=${id}`]);
      return parseStates(text, (first) => Number(first.split('_')[1] ?? 0));
    } catch {
      return undefined;
    }
  }
}

function parseStates(text: string, taskOf: (first: string) => number): TaskStates {
  const rows = text.split('\n').filter((line) => line.includes('|'));
  const states = rows.map((line): [number, string] => {
    const [first, state] = line.trim().split('|') as [string, string];
    // The accounting writes `CANCELLED by 0`.
    return [taskOf(first), state.split(' ')[0]!];
  });
  return new Map(states.sort(([a], [b]) => a - b));
}

async function call(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args)).stdout;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') {
      throw new UserError(`missing program: ${program}`, {
        hint: 'Slurm is not installed here; leave out the Slurm account to run on this machine',
      });
    }
    const said = ((cause as { stderr?: string }).stderr ?? '').trim().split('\n').at(-1)!;
    throw new UserError(`Slurm refused: ${said.replace(/^\w+: (error: )?/, '') || program}`);
  }
}
