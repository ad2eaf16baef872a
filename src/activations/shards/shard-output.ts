// The files of a recording: opened, grown, filled and flushed in step with the progress file.
import { type FileHandle, open, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError, writeFileAtomic } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { slurmJob } from '../../base/system/slurm-job.ts';
import { number, bytes as sizeText } from '../../base/text.ts';
import { orjsonText } from '../../formats/python/python-json.ts';
import { SHARD_STORAGE } from './dtypes.ts';
import { nShardFiles, type ShardGeometry, shardName } from './geometry.ts';
import { type ActivationMetadata, metadataText } from './metadata.ts';
import { type RecordingOrigin, writeOrigin } from './origin.ts';
import {
  type RecordingLog,
  removeProgress,
  type SkippedExample,
  writeProgress,
  writeSkipped,
} from './recording-log.ts';
import { removeShardsAfter } from './shard-folder.ts';

const log = logger('activations');

/** The open files of one recording. Examples are appended in order; `close` keeps what was appended. */
export class ShardOutput {
  readonly #folder: string;
  readonly #metadata: ActivationMetadata;
  readonly #geometry: ShardGeometry;
  readonly #syncBytes: number;
  readonly #keepLabels: boolean;
  readonly #nGiven: number;
  readonly #origin: RecordingOrigin | undefined;
  readonly skipped: SkippedExample[];
  nWritten: number;
  #file: FileHandle | undefined;
  #labels: FileHandle | undefined;
  #unsynced = 0;
  #syncedAt = 0;
  #open = false;
  /** Makes sure that the folder is still there and ours. */
  readonly #check: () => Promise<void>;

  constructor(
    folder: string,
    metadata: ActivationMetadata,
    geometry: ShardGeometry,
    state: RecordingLog,
    options: ShardWriterOptions,
    check: () => Promise<void>,
  ) {
    this.#check = check;
    this.#folder = folder;
    this.#metadata = metadata;
    this.#geometry = geometry;
    this.#syncBytes = options.syncBytes ?? 2 ** 28;
    this.#keepLabels = options.labels ?? false;
    this.#nGiven = options.nGiven ?? metadata.nExamples;
    this.#origin = options.origin;
    this.nWritten = state.written;
    this.skipped = state.skipped.filter(({ index }) => index < state.written);
  }

  /** Make the files agree with the progress: nothing stands after the last safe example. */
  async begin(): Promise<void> {
    const { shardBytes, exampleBytes, examplesPerShard } = this.#geometry;
    await this.#checkRoom();
    if (this.nWritten > 0) log.info(`going on after ${number(this.nWritten)} examples`);
    if (this.#origin !== undefined) await writeOrigin(this.#folder, this.#origin);
    await this.#writeProgress();
    await writeFileAtomic(join(this.#folder, 'metadata.json'), metadataText(this.#metadata));
    const shard = Math.floor(this.nWritten / examplesPerShard);
    await removeShardsAfter(this.#folder, shard);
    for (let i = 0; i < shard; i++) {
      const file = await stat(join(this.#folder, shardName(i))).catch(() => undefined);
      if (file?.size === shardBytes) continue;
      throw new UserError(
        `cannot go on with '${this.#folder}': ${shardName(i)} is no longer whole`,
        { hint: 'record with overwrite' },
      );
    }
    this.#open = true;
    await this.#openShard((this.nWritten % examplesPerShard) * exampleBytes);
    if (this.#keepLabels) await this.#openLabels();
    this.#syncedAt = performance.now();
  }

  async append(acts: Float32Array, labels?: Uint8Array): Promise<void> {
    const { exampleBytes } = this.#geometry;
    const bytes = SHARD_STORAGE[this.#geometry.dtype].narrow(acts);
    const n = bytes.length / exampleBytes;
    if (!Number.isInteger(n)) {
      throw new RangeError(`append: ${acts.length} floats are no whole number of examples`);
    }
    if (this.#labels !== undefined && labels !== undefined) {
      if (this.nWritten + n > this.#metadata.nExamples) {
        throw new UserError(
          `the dataset has more images than the ${this.#metadata.nExamples} that its metadata counts`,
        );
      }
      if (labels.length !== n * this.#metadata.nPatches) {
        throw new RangeError(`append: ${labels.length} labels for ${n} examples`);
      }
      await this.#write(this.#labels, labels, this.nWritten * this.#metadata.nPatches);
    }
    const before = this.nWritten;
    try {
      await this.#appendBytes(bytes, n);
    } catch (error) {
      // What is kept ends where an append ended: batches fall as they would have, and give the same bytes.
      this.nWritten = before;
      throw error;
    }
    this.#unsynced += bytes.length;
    if (this.#unsynced >= this.#syncBytes || performance.now() - this.#syncedAt > 15_000) {
      await this.#sync();
    }
  }

  async #appendBytes(bytes: Uint8Array, n: number): Promise<void> {
    const { exampleBytes, examplesPerShard } = this.#geometry;
    for (let done = 0; done < n; ) {
      const filled = this.nWritten % examplesPerShard;
      const fit = Math.min(n - done, examplesPerShard - filled);
      await this.#write(
        this.#file!,
        bytes.subarray(done * exampleBytes, (done + fit) * exampleBytes),
        filled * exampleBytes,
      );
      done += fit;
      this.nWritten += fit;
      if (filled + fit === examplesPerShard) {
        await this.#closeShard();
        await this.#openShard(0);
      }
    }
  }

  async finish(): Promise<void> {
    const { nExamples } = this.#metadata;
    if (this.nWritten !== this.#nGiven) {
      log.warn(
        `${number(this.#nGiven)} examples were expected, the dataset had ${number(this.nWritten)}`,
      );
    }
    await this.close();
    await this.#check();
    if (this.#metadata.protocol !== 'saev') {
      await writeFileAtomic(join(this.#folder, 'shards.json'), this.#shardsText());
    }
    await writeSkipped(this.#folder, { written: this.nWritten, skipped: this.skipped }, nExamples);
    await removeProgress(this.#folder);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#sync();
    } finally {
      await this.#file?.close();
      await this.#labels?.close();
    }
  }

  /** Flush what was written, then say so in the progress file. */
  async #sync(): Promise<void> {
    try {
      await this.#file?.datasync();
      await this.#labels?.datasync();
    } catch (error) {
      throw diskError(error, this.#folder);
    }
    await this.#check();
    await this.#writeProgress();
    this.#unsynced = 0;
    this.#syncedAt = performance.now();
  }

  async #writeProgress(): Promise<void> {
    const { nWritten: written, skipped } = this;
    const job = slurmJob()?.id;
    await writeProgress(this.#folder, { written, skipped, ...(job !== undefined && { job }) });
  }

  /** Open the shard that takes the next example, keep its first `keep` bytes, and give it its full size. */
  async #openShard(keep: number): Promise<void> {
    const shard = Math.floor(this.nWritten / this.#geometry.examplesPerShard);
    const path = join(this.#folder, shardName(shard));
    await this.#check();
    try {
      if (keep === 0) {
        this.#file = await open(path, 'w');
      } else {
        this.#file = await open(path, 'r+').catch((error) => {
          throw errorCode(error) === 'ENOENT'
            ? new UserError(`cannot go on with '${this.#folder}': ${shardName(shard)} is missing`, {
                hint: 'record with overwrite',
              })
            : error;
        });
        await this.#file.truncate(keep);
      }
      await this.#file.truncate(this.#geometry.shardBytes);
    } catch (error) {
      throw diskError(error, path);
    }
  }

  async #closeShard(): Promise<void> {
    const file = this.#file!;
    this.#file = undefined;
    try {
      await file.datasync().finally(() => file.close());
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  async #openLabels(): Promise<void> {
    const path = join(this.#folder, 'labels.bin');
    const { nExamples, nPatches } = this.#metadata;
    try {
      this.#labels = await open(path, this.nWritten === 0 ? 'w' : 'r+');
      await this.#labels.truncate(this.nWritten * nPatches);
      await this.#labels.truncate(nExamples * nPatches);
    } catch (error) {
      throw diskError(error, path);
    }
  }

  async #write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(bytes.length - done, 2 ** 30);
        done += (await file.write(bytes, done, length, position + done)).bytesWritten;
      }
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  /** Refuse to begin what cannot end; a file system that does not say its size is believed. */
  async #checkRoom(): Promise<void> {
    const need = Math.max(0, this.#nGiven - this.nWritten) * this.#geometry.exampleBytes;
    log.info(`${sizeText(need)} of activations will be written into '${this.#folder}'`);
    const { bavail, bsize, blocks } = await statfs(this.#folder);
    if (blocks === 0 || need <= bavail * bsize) return;
    throw new UserError(
      `the disk of '${this.#folder}' has ${sizeText(bavail * bsize)} free; this recording needs ${sizeText(need)}`,
      { hint: 'record fewer layers or images, or write to another disk' },
    );
  }

  #shardsText(): string {
    const { examplesPerShard } = this.#geometry;
    const shards = Array.from({ length: nShardFiles(this.#geometry, this.nWritten) }, (_, i) => ({
      name: shardName(i),
      n_examples: Math.min(examplesPerShard, this.nWritten - i * examplesPerShard),
    }));
    return orjsonText(shards, { indent: 2 });
  }
}

/** How shards are written. */
export interface ShardWriterOptions {
  /** Start anew where the folder already holds a recording, finished or not. */
  overwrite?: boolean;
  /** Flush to the disk after this many bytes, or after 15 s. */
  syncBytes?: number;
  /** Examples that there are, where the metadata count more, as Python's do. */
  nGiven?: number | undefined;
  /** What is recorded; what the folder already holds must be of the same. */
  origin?: RecordingOrigin | undefined;
  /** Keep `labels.bin`: one uint8 label a patch. Protocol 2.1 only. */
  labels?: boolean;
}
