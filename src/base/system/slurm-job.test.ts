import { afterEach, expect, it, vi } from 'vitest';
import { requeuedJob, slurmJob } from './slurm-job.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('names the job among those of all clusters', () => {
  expect(slurmJob({})).toBeUndefined();
  expect(slurmJob({ SLURM_JOB_ID: '12' })).toEqual({ id: '12', isRequeued: false });
  expect(
    slurmJob({ SLURM_JOB_ID: '12', SLURM_CLUSTER_NAME: 'big', SLURM_RESTART_COUNT: '1' }),
  ).toEqual({ id: 'big/12', isRequeued: true });
});

it('knows a job that was begun anew', () => {
  vi.stubEnv('SLURM_JOB_ID', '12');
  expect(requeuedJob()).toBeUndefined();
  vi.stubEnv('SLURM_RESTART_COUNT', '0');
  expect(requeuedJob()).toBeUndefined();
  vi.stubEnv('SLURM_RESTART_COUNT', '2');
  expect(requeuedJob()).toBe('12');
});
