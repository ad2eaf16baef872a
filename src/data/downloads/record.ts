// What was downloaded into a folder, and what was made of it: kept beside it, so that a second call has nothing to do.
import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../base/files.ts';

const FileRecord = z.object({
  /** Where it came from; empty: it was there. */
  url: z.string(),
  size: z.int().min(0),
  md5: z.string(),
  sha256: z.string(),
  /** Milliseconds; while neither they nor the size have changed, nor has the file. */
  changedAt: z.number(),
});

/** A file that was downloaded or found: its hashes, and when it was last changed. */
export type FileRecord = z.output<typeof FileRecord>;

const SetRecord = z.object({
  set: z.string(),
  /** `files`: downloaded; `placing`: parts are being moved to their place; `whole`: all is there. */
  state: z.enum(['files', 'placing', 'whole']),
  seed: z.int().optional(),
  files: z.record(z.string(), FileRecord),
  /** Number of files of each part, and a hash of their names and sizes. */
  parts: z.record(z.string(), z.object({ files: z.int(), listing: z.string() })),
});

/** What a folder holds of a set. */
export type SetRecord = z.output<typeof SetRecord>;

/** The path of a set's record. */
export function recordPath(dir: string, set: string): string {
  return join(dir, `.saev-${set}.json`);
}

/**
 * Read what a folder holds of a set; undefined where nothing of it was ever downloaded there.
 *
 * @throws {UserError} when the record is damaged.
 */
export async function readRecord(dir: string, set: string): Promise<SetRecord | undefined> {
  const path = recordPath(dir, set);
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const parsed = SetRecord.safeParse(await readJson(path, 'record of a download'));
  if (parsed.success && parsed.data.set === set) return parsed.data;
  throw new UserError(`invalid record of a download: '${path}'`, {
    hint: 'remove it, and the folders that were made, then give the same command again',
  });
}

/** Write a set's record. */
export async function writeRecord(dir: string, record: SetRecord): Promise<void> {
  await writeJsonAtomic(recordPath(dir, record.set), record);
}

/** What a part is: the number of its files, and a hash of their paths and sizes. Nothing: no files. */
export async function listPart(
  dir: string,
  part: string,
): Promise<{ files: number; listing: string }> {
  const lines: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(join(dir, path)).catch(() => undefined);
    if (stats === undefined) return;
    if (!stats.isDirectory()) {
      lines.push(`${path}\t${stats.size}`);
      return;
    }
    const names = await readdir(join(dir, path));
    for (let at = 0; at < names.length; at += 64)
      await Promise.all(names.slice(at, at + 64).map((name) => visit(`${path}/${name}`)));
  };
  await visit(part);
  const listing = createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  return { files: lines.length, listing };
}
