// Opens a shard folder: its metadata, its files checked by size, and which examples it lacks.
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { type ShardFile, type ShardGeometry, shardFiles, shardGeometry } from './geometry.ts';
import { type ActivationMetadata, readMetadata } from './metadata.ts';
import { readProgress, readSkipped, type SkippedExample } from './recording-log.ts';

const log = logger('activations');

/** A shard folder that was found whole. */
export interface ShardIndex {
  readonly folder: string;
  readonly metadata: ActivationMetadata;
  readonly geometry: ShardGeometry;
  /** Files that hold examples, in order. */
  readonly files: readonly ShardFile[];
  /** Examples that were skipped in recording, and why. */
  readonly skipped: readonly SkippedExample[];
  /** Examples without activations, ascending: the skipped ones, and those that the dataset turned out not to have. */
  readonly absent: Int32Array;
}

const shardsSchema = z.array(
  z
    .object({
      name: z.string(),
      n_examples: z.number().int().nonnegative().optional(),
      n_ex: z.number().int().nonnegative().optional(),
      n_imgs: z.number().int().nonnegative().optional(),
    })
    .transform(({ name, n_examples, n_ex, n_imgs }) => ({
      name,
      count: n_examples ?? n_ex ?? n_imgs,
    })),
);

/**
 * Open a shard folder of either protocol, written by this program or by Python.
 *
 * @throws {UserError} when it is missing, unfinished, or a file is missing or of the wrong size.
 */
export async function openShardIndex(folder: string): Promise<ShardIndex> {
  const kind = await kindOfPath(folder);
  if (kind !== 'folder') {
    throw new UserError(
      kind === 'nothing'
        ? `missing activations: there is no folder '${folder}'`
        : `invalid activations: '${folder}' is not a folder`,
    );
  }
  const metadata = await readMetadata(folder);
  const progress = await readProgress(folder);
  if (progress !== undefined) {
    throw new UserError(
      `unfinished recording: '${folder}' holds ${progress.written} of ${metadata.nExamples} examples`,
      { hint: 'run the recording again: it goes on where it stopped' },
    );
  }
  const geometry = shardGeometry(metadata);
  const holes = await readSkipped(folder);
  const nWritten = Math.min(holes?.written ?? metadata.nExamples, metadata.nExamples);
  const files =
    metadata.protocol === 'saev'
      ? shardFiles(geometry, nWritten)
      : await listedFiles(folder, geometry, nWritten);
  for (const file of files) await checkFile(folder, file, geometry);
  if (holes === undefined && metadata.protocol === 'saev')
    await warnIfEmptyAtEnd(folder, geometry, files);
  const skipped = (holes?.skipped ?? []).filter(({ index }) => index < nWritten);
  return {
    folder,
    metadata,
    geometry,
    files,
    skipped,
    absent: absentExamples(skipped, nWritten, metadata.nExamples),
  };
}

/** Files as `shards.json` lists them: it, not arithmetic, says how many examples each holds. */
async function listedFiles(
  folder: string,
  geometry: ShardGeometry,
  nWritten: number,
): Promise<ShardFile[]> {
  const path = join(folder, 'shards.json');
  const parsed = shardsSchema.safeParse(await readJson(path, 'list of shards'));
  if (!parsed.success) throw new UserError(`invalid list of shards: '${path}'`);
  const files: ShardFile[] = [];
  let first = 0;
  for (const { name, count } of parsed.data) {
    if (!/^[\w.-]+\.bin$/.test(name)) {
      throw new UserError(`invalid list of shards '${path}': '${name}' is no shard's name`);
    }
    if (count === undefined || count > geometry.examplesPerShard) {
      throw new UserError(
        `invalid list of shards '${path}': ${name} cannot hold ${count ?? 'an unknown number of'} examples`,
      );
    }
    if (count > 0) files.push({ name, first, count });
    first += count;
  }
  if (first < nWritten) {
    throw new UserError(
      `invalid list of shards '${path}': it counts ${first} examples, the metadata ${nWritten}`,
    );
  }
  return files;
}

async function checkFile(folder: string, file: ShardFile, geometry: ShardGeometry): Promise<void> {
  const path = join(folder, file.name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    throw new UserError(`missing shard: '${path}'`, {
      hint: 'the recording is unfinished, or the metadata counts more examples than were recorded',
    });
  }
  if (found.size !== geometry.shardBytes) {
    throw new UserError(
      `invalid shard '${path}': ${found.size} bytes, expected ${geometry.shardBytes}`,
      { hint: found.size < geometry.shardBytes ? 'it is truncated; record it again' : undefined },
    );
  }
}

/** Python leaves no trace of where it stopped but zeros. */
async function warnIfEmptyAtEnd(
  folder: string,
  geometry: ShardGeometry,
  files: readonly ShardFile[],
): Promise<void> {
  const last = files.at(-1);
  if (last === undefined) return;
  const file = await open(join(folder, last.name), 'r');
  try {
    const bytes = new Uint8Array(geometry.rowBytes);
    await file.read(bytes, 0, bytes.length, last.count * geometry.exampleBytes - bytes.length);
    if (bytes.every((byte) => byte === 0)) {
      log.warn(
        `the last example in '${folder}' is all zeros: the recording was stopped early, or its metadata counts files that are no images`,
      );
    }
  } finally {
    await file.close();
  }
}

function absentExamples(
  skipped: readonly SkippedExample[],
  nWritten: number,
  nExamples: number,
): Int32Array {
  const indices = new Set(skipped.map(({ index }) => index));
  for (let i = nWritten; i < nExamples; i++) indices.add(i);
  return Int32Array.from(indices).sort();
}
