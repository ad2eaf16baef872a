// Fields that several jobs share.
import { z } from 'zod';

const slurmGroup = { group: 'Slurm' };

/** Fields of a job that can be handed to a Slurm cluster. */
export const slurmFields = {
  slurm: z
    .boolean()
    .optional()
    .describe('Run as a Slurm batch job; unset: yes when an account is given.')
    .meta(slurmGroup),
  slurmAcct: z
    .string()
    .default('')
    .describe('Slurm account to charge; empty means the job runs here.')
    .meta({ ...slurmGroup, env: 'SAEV_SLURM_ACCT' }),
  slurmPartition: z
    .string()
    .default('')
    .describe("Slurm partition; empty means the cluster's default.")
    .meta({ ...slurmGroup, env: 'SAEV_SLURM_PARTITION' }),
  nHours: z
    .number()
    .positive()
    .default(24)
    .describe('Time limit of the Slurm job, in hours.')
    .meta(slurmGroup),
  logTo: z
    .string()
    .min(1)
    .default('./logs')
    .describe("Folder for the Slurm job's script and its output.")
    .meta(slurmGroup),
};

/** Fields that say what the machine may spend. */
export const machineFields = {
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('Threads for numeric work; unset: one for each core.')
    .meta({ group: 'Machine', env: 'SAEV_THREADS' }),
};

/** Seed of a job's random choices. */
export const seedField = z.int().min(0).default(42).describe('Seed of every random choice.');
