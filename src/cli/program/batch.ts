// A command as a Slurm batch job: the same command, told to run where it stands.
import { readFile } from 'node:fs/promises';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import {
  followJob,
  type SubmittedJob,
  submitJob,
  TASK,
  type TaskStates,
} from '../../base/slurm.ts';
import type { CommandContext } from './command.ts';

const log = logger('slurm');

/** Settings of a job that say whether it runs as a batch job, and with what. */
export interface BatchSettings {
  readonly slurm?: boolean;
  readonly slurmAcct: string;
  readonly slurmPartition: string;
  readonly nHours: number;
  readonly logTo: string;
  readonly threads?: number;
  readonly nWorkers: number;
  /** Make an array of this many tasks; task i gets the flag `--group i`. */
  readonly tasks?: number;
}

/** Processors of a job that also reads: as many as Python's saev asks for, unless `threads` says. */
function cpusOf({ threads, nWorkers }: BatchSettings): number {
  return threads ?? nWorkers + 4;
}

/**
 * Run `saev name args` as a batch job when the settings ask for one, and wait for its end; false when they do not.
 *
 * @throws {UserError} when Slurm refuses the job, or a task of it fails.
 */
export async function runsAsBatch(
  name: string,
  args: readonly string[],
  settings: BatchSettings,
  context: CommandContext,
): Promise<boolean> {
  if (!(settings.slurm ?? settings.slurmAcct !== '')) return false;
  const { tasks } = settings;
  const group = tasks === undefined ? [] : ['--group', TASK];
  const job = await submitJob({
    name: `saev-${name.replaceAll(' ', '-')}`,
    command: [
      process.execPath,
      process.argv[1]!,
      ...name.split(' '),
      ...args,
      '--no-slurm',
      ...group,
    ],
    logTo: settings.logTo,
    account: settings.slurmAcct,
    partition: settings.slurmPartition,
    hours: settings.nHours,
    cpus: cpusOf(settings),
    tasks,
  });
  context.whenInterrupted(`Job ${job.id} was cancelled.`);
  const ended = await followJob(job.id, {
    signal: context.signal,
    onChange: (states) => log.info(`job ${job.id}: ${countStates(states)}`),
  });
  for (const [task, state] of ended) {
    if (state === 'COMPLETED') await printOutput(job, task, context);
  }
  await failIfAny(ended, job);
  return true;
}

/** The last line that a command prints is its result. */
async function printOutput(
  job: SubmittedJob,
  task: number,
  context: CommandContext,
): Promise<void> {
  const lines = await lastLines(job.logOf(task), 1);
  for (const line of lines) context.print(line);
}

async function failIfAny(ended: TaskStates, job: SubmittedJob): Promise<void> {
  const failed = [...ended].filter(([, state]) => state !== 'COMPLETED');
  const first = failed[0];
  if (first === undefined) return;
  const path = job.logOf(first[0]);
  const lines = await lastLines(path, 5);
  throw new UserError(`Slurm job ${job.id} did not succeed: ${countStates(new Map(failed))}`, {
    hint: [`its output is in ${path}`, ...lines].join('\n  '),
  });
}

async function lastLines(path: string, count: number): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count);
}

/** Count tasks by state: `2 RUNNING, 1 PENDING`. */
function countStates(states: TaskStates): string {
  const counts = new Map<string, number>();
  for (const state of states.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state.toLowerCase()}`).join(', ');
}
