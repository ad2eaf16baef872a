// The Slurm job that this process is a part of.

/** A job as Slurm tells those that it runs. */
export interface SlurmJob {
  /** Name of the job among those of all clusters; one that is begun anew keeps it. */
  readonly id: string;
  /** Whether Slurm has begun the job anew: after another job needed its place, or after its node failed. */
  readonly isRequeued: boolean;
}

/** Read from the environment which job this is; undefined outside of Slurm. */
export function slurmJob(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SlurmJob | undefined {
  const {
    SLURM_JOB_ID: id = '',
    SLURM_CLUSTER_NAME: cluster = '',
    SLURM_RESTART_COUNT: restarts = '0',
  } = environment;
  if (id === '') return undefined;
  return { id: cluster === '' ? id : `${cluster}/${id}`, isRequeued: Number(restarts) > 0 };
}

/** Name of the job, where Slurm has begun it anew. */
export function requeuedJob(): string | undefined {
  const job = slurmJob();
  return job?.isRequeued === true ? job.id : undefined;
}
