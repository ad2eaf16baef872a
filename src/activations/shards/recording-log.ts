// Two small files beside the shards: how far an unfinished recording is safely on disk, and, where a finished one has
// holes, which examples hold no activations.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../base/files.ts';

const PROGRESS_NAME = '.saev-progress.json';
const SKIPPED_NAME = 'skipped.json';

const skippedSchema = z.object({
  index: z.number().int().nonnegative(),
  reason: z.string(),
});

const logSchema = z.object({
  written: z.number().int().nonnegative(),
  skipped: z.array(skippedSchema),
  /** The Slurm job that records: begun anew, the job goes on with its own recording. */
  job: z.string().optional(),
});

/** An example that could not be read; its slot in the shards is zeros. */
export type SkippedExample = z.infer<typeof skippedSchema>;

/** How many examples are on disk, the skipped ones counted, and which were skipped. */
export type RecordingLog = z.infer<typeof logSchema>;

/** Read the progress of an unfinished recording; undefined where there is none. */
export function readProgress(folder: string): Promise<RecordingLog | undefined> {
  return readLog(join(folder, PROGRESS_NAME), 'recording progress');
}

/** Replace the progress file. Call it after the examples it counts have been flushed to the disk. */
export async function writeProgress(folder: string, log: RecordingLog): Promise<void> {
  await writeJsonAtomic(join(folder, PROGRESS_NAME), log);
}

export async function removeProgress(folder: string): Promise<void> {
  await rm(join(folder, PROGRESS_NAME), { force: true });
}

/**
 * Read the list of holes of a finished recording: examples skipped, and examples from `written` on, which the
 * metadata counts but the dataset did not have. Undefined where every example is there.
 */
export function readSkipped(folder: string): Promise<RecordingLog | undefined> {
  return readLog(join(folder, SKIPPED_NAME), 'list of skipped examples');
}

/** Write the list of holes, or remove it where there are none, so that a whole folder equals Python's. */
export async function writeSkipped(
  folder: string,
  log: RecordingLog,
  nExamples: number,
): Promise<void> {
  const path = join(folder, SKIPPED_NAME);
  if (log.skipped.length > 0 || log.written !== nExamples) await writeJsonAtomic(path, log);
  else await rm(path, { force: true });
}

async function readLog(path: string, what: string): Promise<RecordingLog | undefined> {
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const result = logSchema.safeParse(await readJson(path, what));
  if (result.success) return result.data;
  const { path: field, message } = result.error.issues[0]!;
  throw new UserError(`invalid ${what}: '${path}': ${field.join('.')}: ${message}`);
}
