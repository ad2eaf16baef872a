// Which earlier runs a configuration may go on with.
import { requeuedJob } from '../../base/system/slurm-job.ts';
import type { TrainConfig } from '../config/train-config.ts';
import type { RunRecord } from './run-directory.ts';

/** With `resume`, any of the same settings; without, in a Slurm job that was begun anew, those of that job. */
export function mayGoOn(
  { resume }: Pick<TrainConfig, 'resume'>,
  { job }: Pick<RunRecord, 'job'>,
): boolean {
  return resume || (job !== undefined && job === requeuedJob());
}

/** Whether there may be a run to go on with. */
export function looksBack({ resume }: Pick<TrainConfig, 'resume'>): boolean {
  return resume || requeuedJob() !== undefined;
}
