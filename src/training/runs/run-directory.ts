// A run directory is the database: plain files, each written whole.
//
//   runs/<id>/config.json    the resolved configuration
//             run.json       state of the run: running, stopped, finished; version, kernels, dates
//             metrics.jsonl  one JSON line for each logged step
//             wandb/         the same for Weights & Biases, when asked for
//             state/         what a resumed run goes on from; removed when the run has finished
//             checkpoint/    the trained coder, SAELens layout
//             checkpoints/   coders written on the way, by the rows seen, when asked for
//             eval.json      evaluation, with frequency and mean value of every latent beside it
//             validation.json  which examples were validated on, where some were
//             log_feature_sparsity.safetensors  log10 of the frequencies in the last window of training
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError, readJson, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { stableJson } from '../../base/json.ts';
import { type FolderLock, lockFolder } from '../../base/lock.ts';
import { slurmJob } from '../../base/system/slurm-job.ts';
import { FREE_SETTINGS } from '../../pages/run-settings.ts';
import type { TrainConfig } from '../config/train-config.ts';

/** `run.json`. */
export const RunRecord = z.object({
  id: z.string(),
  /** `running` until it ends; `stopped`: it ended early, and can be resumed. After a kill it is still `running`. */
  status: z.enum(['running', 'stopped', 'finished']),
  /** Hash of what decides the result; a run is resumed by the same configuration only. */
  configHash: z.string(),
  started: z.string(),
  finished: z.string().optional(),
  tag: z.string().optional(),
  project: z.string().optional(),
  version: z.string(),
  kernels: z.string(),
  /**
   * Seeds of the stream of rows, those of the first run of its group: of the order of training, and of the rows that biases
   * start from; and how many examples were mixed at a time, where that was less than a run alone would have. Runs of before have
   * none: the group they are resumed with says.
   */
  stream: z
    .object({ seed: z.int(), saeSeed: z.int(), bufferExamples: z.int().min(1).optional() })
    .optional(),
  /** What its recorded rows are (see `rowsOfRun`): a folder of shards may be recorded anew. */
  rows: z.string().optional(),
  /** Rows that it does not read because they are ignored, of so many. */
  ignored: z.object({ rows: z.int(), of: z.int() }).optional(),
  /** The Slurm job that trains it: begun anew, the job goes on with its own runs. */
  job: z.string().optional(),
});

export type RunRecord = z.output<typeof RunRecord>;

/** Seeds of a group's stream of rows. */
export type StreamSeeds = NonNullable<RunRecord['stream']>;

export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  /** When the run began, in ISO 8601. */
  readonly started: string;
  /** Whether it holds the beginning of this run. */
  readonly resumed: boolean;
  file(name: string): string;
  /**
   * Make sure that the directory is still ours and there.
   * @throws {UserError} when it was removed.
   */
  check(): Promise<void>;
  /** What run.json says of its state. */
  status(): RunRecord['status'];
  /** Change run.json. */
  update(change: Partial<RunRecord>): Promise<void>;
  /** Let other processes in. */
  release(): Promise<void>;
  /** Remove the directory, as far as the disk lets us. */
  remove(): Promise<void>;
}

/** Settings that do not decide what a run's result is. */
const FREE: ReadonlySet<keyof TrainConfig> = new Set(FREE_SETTINGS);

/** Hash the settings that decide the result of a run: 12 hex digits. */
export function configHash(config: TrainConfig): string {
  const decisive = Object.entries(config).filter(([key]) => !FREE.has(key as keyof TrainConfig));
  const text = stableJson(Object.fromEntries(decisive));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/**
 * Make the directory of a run, or take up the unfinished run `found` (see `findRuns`).
 * @throws {UserError} when another process is writing it.
 */
export async function openRunDirectory(
  config: TrainConfig,
  about: {
    version: string;
    kernels: string;
    stream?: StreamSeeds;
    rows?: string | undefined;
    ignored?: RunRecord['ignored'];
    now?: Date;
    found?: RunRecord | undefined;
  },
): Promise<RunDirectory> {
  const hash = configHash(config);
  const { found } = about;
  const started = about.now ?? new Date();
  const id = found?.id ?? (await makeRunFolder(config.runRoot, started, hash));
  const path = join(config.runRoot, id);
  const lock: FolderLock = await lockFolder(path);
  const job = slurmJob()?.id;
  let record: RunRecord = found ?? {
    id,
    status: 'running',
    configHash: hash,
    started: started.toISOString(),
    ...(config.tag === '' ? {} : { tag: config.tag }),
    project: config.wandbProject,
    version: about.version,
    kernels: about.kernels,
    ...(about.stream && { stream: about.stream }),
    ...(about.rows !== undefined && { rows: about.rows }),
    ...(about.ignored && { ignored: about.ignored }),
  };
  if (job !== record.job) record = { ...record, job };
  const directory: RunDirectory = {
    id,
    path,
    started: record.started,
    resumed: found !== undefined,
    file: (name) => join(path, name),
    check: () => lock.check(),
    status: () => record.status,
    async update(change) {
      await lock.check();
      record = { ...record, ...change };
      await writeJsonAtomic(join(path, 'run.json'), record);
    },
    release: () => lock.release(),
    remove: () => rm(path, { recursive: true, force: true }).catch(() => undefined),
  };
  try {
    // Since it was found another process may have had it.
    if (found !== undefined) refuseFinished(path, await readRunRecord(path));
    await writeJsonAtomic(join(path, 'config.json'), config);
    await directory.update({ status: 'running' });
  } catch (error) {
    await lock.release();
    if (found === undefined) await directory.remove();
    throw error;
  }
  return directory;
}

function refuseFinished(path: string, { status }: RunRecord): void {
  if (status !== 'finished') return;
  throw new UserError(`run '${path}' was finished by another process just now`, {
    hint: 'the same command again takes its result',
  });
}

/**
 * Read `run.json` of a run directory.
 * @throws {UserError} when it is not there or is none.
 */
export async function readRunRecord(path: string): Promise<RunRecord> {
  const parsed = RunRecord.safeParse(await readJson(join(path, 'run.json'), 'run record'));
  if (!parsed.success) throw new UserError(`invalid run record: '${join(path, 'run.json')}'`);
  return parsed.data;
}

/** Make a folder `20261121-183600-1a2b3c`, with a number added when that is taken; returns its name. */
async function makeRunFolder(root: string, now: Date, hash: string): Promise<string> {
  await makeFolder(root);
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  for (let attempt = 0; ; attempt++) {
    const id = `${stamp}${attempt === 0 ? '' : `.${attempt}`}-${hash.slice(0, 6)}`;
    try {
      await mkdir(join(root, id));
      return id;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw diskError(error, join(root, id));
    }
  }
}
