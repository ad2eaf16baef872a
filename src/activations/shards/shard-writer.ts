// Writes shards example after example, byte-identical to saev's ShardWriter, durably: a progress file says how many
// examples are safely on disk, and a later run goes on from there.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { makeFolder } from '../../base/folders.ts';
import { lockFolder } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { requeuedJob } from '../../base/system/slurm-job.ts';
import { type ShardGeometry, shardGeometry } from './geometry.ts';
import { type ActivationMetadata, metadataHash } from './metadata.ts';
import { checkOrigin, type RecordingOrigin, readOrigin } from './origin.ts';
import { readProgress, type SkippedExample } from './recording-log.ts';
import { clearFolder, inspectFolder } from './shard-folder.ts';
import { ShardOutput, type ShardWriterOptions } from './shard-output.ts';

const log = logger('activations');

/** An open recording. Examples are appended in order. */
export interface ShardWriter {
  readonly folder: string;
  readonly geometry: ShardGeometry;
  /** True when the folder held a complete recording already: nothing is left to write. */
  readonly finished: boolean;
  /** Examples written so far, skipped ones counted; the next to append has this index. */
  readonly nWritten: number;
  readonly skipped: readonly SkippedExample[];
  /** Append `acts` float32 `[n, nLayers, nTokens, dModel]` and, where labels are kept, uint8 `[n, nPatches]`. */
  append(acts: Float32Array, labels?: Uint8Array): Promise<void>;
  /** Note that example `index`, which is being or about to be appended as zeros, could not be read. */
  skip(index: number, reason: string): void;
  /** Complete the folder: every file full size, flushed; progress file and lock removed. */
  finish(): Promise<void>;
  /** Stop; what was appended stays, and the next writer goes on after it. Safe after `finish`. */
  close(): Promise<void>;
}

/**
 * Open the folder `<dumpTo>/<hash of metadata>` for recording: a new one, or an unfinished one to go on with.
 *
 * @throws {UserError} while another process writes there, when the disk has not enough room, or when the folder holds
 * shards of other data or of a recording that another program left unfinished.
 */
export async function openShardWriter(
  dumpTo: string,
  metadata: ActivationMetadata,
  options: ShardWriterOptions = {},
): Promise<ShardWriter> {
  const geometry = shardGeometry(metadata);
  if (options.labels === true && metadata.protocol !== '2.1') {
    throw new UserError(`unsupported labels in protocol '${metadata.protocol}'`, {
      hint: 'record with protocol 2.1',
    });
  }
  const folder = join(dumpTo, metadataHash(metadata));
  await makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    if (options.overwrite === true && !(await wasBegunHere(folder))) await clearFolder(folder);
    const state = await inspectFolder(folder, metadata, geometry);
    if (state.finished || state.log.written > 0) await compareOrigin(folder, options.origin);
    const output = new ShardOutput(folder, metadata, geometry, state.log, options, lock.check);
    if (!state.finished) await output.begin();
    return {
      folder,
      geometry,
      finished: state.finished,
      get nWritten() {
        return output.nWritten;
      },
      get skipped() {
        return output.skipped;
      },
      append: (acts, labels) => output.append(acts, labels),
      skip: (index, reason) => {
        output.skipped.push({ index, reason });
      },
      async finish() {
        if (!state.finished) await output.finish();
        await lock.release();
      },
      async close() {
        try {
          await output.close();
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Whether this very job, which Slurm has begun anew, began the recording that stands in a folder. */
async function wasBegunHere(folder: string): Promise<boolean> {
  const job = requeuedJob();
  if (job === undefined) return false;
  // What cannot be read is about to be written over.
  return (await readProgress(folder).catch(() => undefined))?.job === job;
}

/** Compare what stands in a folder with what is to be recorded there, as far as either says what it is of. */
async function compareOrigin(folder: string, origin: RecordingOrigin | undefined): Promise<void> {
  if (origin === undefined) return;
  const known = await readOrigin(folder);
  if (known !== undefined) checkOrigin(folder, known, origin);
  else log.warn(`'${folder}' does not say which files it was recorded from; taken to be these`);
}
