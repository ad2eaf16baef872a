// What stands in a shard folder before a writer begins: nothing, an unfinished recording, or a finished one.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { type ShardGeometry, shardName } from './geometry.ts';
import { type ActivationMetadata, metadataText } from './metadata.ts';
import {
  type RecordingLog,
  readProgress,
  readSkipped,
  removeProgress,
  writeProgress,
} from './recording-log.ts';

/** Tell what the folder holds: nothing yet, an unfinished recording of ours, or a finished one. */
export async function inspectFolder(
  folder: string,
  metadata: ActivationMetadata,
  geometry: ShardGeometry,
): Promise<{ finished: boolean; log: RecordingLog }> {
  const metadataPath = join(folder, 'metadata.json');
  if ((await kindOfPath(metadataPath)) === 'file') {
    if ((await readFile(metadataPath, 'utf8')) !== metadataText(metadata)) {
      throw new UserError(`invalid metadata '${metadataPath}': it is not that of its folder`, {
        hint: 'remove the folder, or record with overwrite',
      });
    }
  }
  const progress = await readProgress(folder);
  if (progress !== undefined) return { finished: false, log: progress };
  const shards = (await readdir(folder)).filter((name) => /^acts\d+\.bin$/.test(name));
  if (shards.length === 0) return { finished: false, log: { written: 0, skipped: [] } };
  const skipped = await readSkipped(folder);
  const written = skipped?.written ?? metadata.nExamples;
  for (let i = 0; i < Math.ceil(written / geometry.examplesPerShard); i++) {
    const file = await stat(join(folder, shardName(i))).catch(() => undefined);
    if (file?.size === geometry.shardBytes) continue;
    throw new UserError(
      `folder '${folder}' holds a recording that another program left unfinished: ${shardName(i)} is ${file === undefined ? 'missing' : 'not whole'}`,
      { hint: 'remove the folder, or record with overwrite' },
    );
  }
  return { finished: true, log: skipped ?? { written, skipped: [] } };
}

/** Remove what a recording consists of, and nothing else. The progress file goes last. */
export async function clearFolder(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) =>
    /^(acts\d+\.bin|shards\.json|labels\.bin|skipped\.json|metadata\.json|tokens\.bin|texts\.json|origin\.json)$/.test(
      name,
    ),
  );
  if (names.some((name) => name.startsWith('acts'))) {
    await writeProgress(folder, { written: 0, skipped: [] });
  }
  for (const name of names) await rm(join(folder, name), { force: true });
  await removeProgress(folder);
}

/** Remove the shard files numbered above `last`. */
export async function removeShardsAfter(folder: string, last: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const digits = /^acts(\d+)\.bin$/.exec(name)?.[1];
    if (digits !== undefined && Number(digits) > last) await rm(join(folder, name));
  }
}
