// Records examples to shards. Loading, inference and writing run at the same time, one batch apart.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import type { ShardGeometry } from '../shards/geometry.ts';
import type { ActivationMetadata } from '../shards/metadata.ts';
import type { SkippedExample } from '../shards/recording-log.ts';
import { openShardWriter, type ShardWriter } from '../shards/shard-writer.ts';

const log = logger('activations');

/** An example that is ready to be run, or the reason why there is none, and perhaps its labels. */
export interface RecordedItem {
  readonly index: number;
  readonly bad?: string | undefined;
  /** One class number a token, uint8 `[nPatches]`. */
  readonly labels?: Uint8Array | undefined;
}

/** What is recorded, with which model, and to where. */
export interface Recording<Item extends RecordedItem> {
  /** What an example is called: `image`. */
  readonly noun: string;
  readonly metadata: ActivationMetadata;
  /** The shard folder is made in here, named after the metadata. */
  readonly dumpTo: string;
  /** The examples from position `from` on, in order and without gaps. */
  readonly examples: (from: number) => AsyncIterable<Item>;
  /** Run examples of which none is bad: float32 `[examples, nLayers, nTokens, dModel]`. */
  readonly run: (items: readonly Item[]) => Promise<Float32Array>;
  /** Examples a run of the model. */
  readonly batchSize: number;
  /** Put what else belongs to the folder there, before examples are recorded. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Name an example for people. */
  readonly sourceOf?: ((index: number) => string) | undefined;
  /** Keep the examples' labels in `labels.bin`; protocol 2.1 only. */
  readonly labels?: boolean | undefined;
  /** Record again where the folder is already complete or was begun. */
  readonly overwrite?: boolean | undefined;
  /** Stop between two batches; what was recorded stays, and the next call goes on after it. */
  readonly signal?: AbortSignal | undefined;
}

/** What a recording did. */
export interface RecordSummary {
  readonly folder: string;
  readonly metadata: ActivationMetadata;
  /** Examples in the folder, skipped ones counted. */
  readonly nWritten: number;
  /** Examples recorded by this call: fewer when it went on with an earlier one, none when that was complete. */
  readonly nRecorded: number;
  readonly skipped: readonly SkippedExample[];
  readonly seconds: number;
  readonly examplesPerSecond: number;
}

/**
 * Record all examples, going on where an earlier call with the same metadata stopped.
 * Throws a UserError when the model gives NaN or infinity, naming the example; what was recorded before it is kept.
 */
export async function recordExamples<Item extends RecordedItem>(
  recording: Recording<Item>,
): Promise<RecordSummary> {
  const { metadata, overwrite = false, labels = false } = recording;
  const writer = await openShardWriter(recording.dumpTo, metadata, { overwrite, labels });
  const start = performance.now();
  const from = writer.nWritten;
  try {
    await recording.prepare?.(writer.folder);
    if (writer.finished) log.info(`already recorded: ${writer.folder}`);
    else await recordAll(recording, writer);
    await writer.finish();
  } catch (error) {
    await writer.close().catch(() => undefined);
    throw error;
  }
  const seconds = (performance.now() - start) / 1000;
  const nRecorded = writer.finished ? 0 : writer.nWritten - from;
  return {
    folder: writer.folder,
    metadata,
    nWritten: writer.nWritten,
    nRecorded,
    skipped: writer.skipped,
    seconds,
    examplesPerSecond: nRecorded / seconds,
  };
}

async function recordAll<Item extends RecordedItem>(
  recording: Recording<Item>,
  writer: ShardWriter,
): Promise<void> {
  const { signal, noun, metadata } = recording;
  const from = writer.nWritten;
  const progress = startProgress('record', {
    total: metadata.nExamples,
    unit: `${noun}s`,
    done: from,
  });
  const batches = inBatches(recording.examples(from), from, recording);
  let running = run(await batches.next(), recording);
  let writing: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      const next = batches.next();
      next.catch(() => undefined);
      const done = await running;
      if (done === undefined) break;
      if (signal?.aborted !== true) {
        running = next.then((batch) => run(batch, recording));
        running.catch(() => undefined);
      }
      checkFinite(done, writer.geometry, recording);
      await writing;
      writing = write(done, writer, recording).then(() => progress.tick(done.batch.length));
      writing.catch(() => undefined);
      signal?.throwIfAborted();
    }
    await writing;
  } finally {
    await Promise.allSettled([running, writing]);
    await batches.return(undefined);
    progress.end();
  }
}

interface Recorded<Item> {
  readonly batch: readonly Item[];
  /** `[good examples of the batch, nLayers, nTokens, dModel]` */
  readonly acts: Float32Array;
}

async function run<Item extends RecordedItem>(
  batch: IteratorResult<Item[], void>,
  recording: Recording<Item>,
): Promise<Recorded<Item> | undefined> {
  if (batch.done === true) return undefined;
  const good = batch.value.filter(({ bad }) => bad === undefined);
  const acts = good.length > 0 ? await recording.run(good) : new Float32Array(0);
  return { batch: batch.value, acts };
}

async function write<Item extends RecordedItem>(
  { batch, acts }: Recorded<Item>,
  writer: ShardWriter,
  { labels: keepsLabels = false, noun }: Recording<Item>,
): Promise<void> {
  const { dModel, nTokens, nLayers } = writer.geometry;
  const size = nLayers * nTokens * dModel;
  const nPatches = nTokens - (writer.geometry.hasCls ? 1 : 0);
  const nGood = acts.length / size;
  const slots = nGood === batch.length ? acts : new Float32Array(batch.length * size);
  const labels = keepsLabels ? new Uint8Array(batch.length * nPatches) : undefined;
  let good = 0;
  batch.forEach((item, i) => {
    if (item.bad !== undefined) {
      writer.skip(item.index, item.bad);
      log.warn(`skipped ${noun} ${item.index}: ${item.bad}`);
      return;
    }
    if (slots !== acts) slots.set(acts.subarray(good * size, (good + 1) * size), i * size);
    if (item.labels !== undefined) labels?.set(item.labels, i * nPatches);
    good++;
  });
  await writer.append(slots, labels);
}

/** Throw when an activation is NaN or infinite, naming its example. */
function checkFinite<Item extends RecordedItem>(
  { batch, acts }: Recorded<Item>,
  { exampleBytes }: ShardGeometry,
  { noun, sourceOf }: Recording<Item>,
): void {
  const size = exampleBytes / 4;
  const good = batch.filter(({ bad }) => bad === undefined);
  good.forEach(({ index }, i) => {
    let sum = 0;
    for (let j = i * size; j < (i + 1) * size; j++) sum += acts[j]! * 0;
    if (sum === 0) return;
    const source = sourceOf === undefined ? '' : ` (${sourceOf(index)})`;
    throw new UserError(
      `the model gave activations that are not numbers for ${noun} ${index}${source}`,
      { hint: `look at that ${noun} and at the checkpoint; what was recorded before it is kept` },
    );
  });
}

/** Gather examples into lists of `batchSize`, checking that their indices go up by one. */
async function* inBatches<Item extends RecordedItem>(
  examples: AsyncIterable<Item>,
  from: number,
  { batchSize, noun }: Recording<Item>,
): AsyncGenerator<Item[], void> {
  let expected = from;
  let batch: Item[] = [];
  for await (const item of examples) {
    if (item.index !== expected) {
      throw new Error(`recording: ${noun} ${item.index} came in place of ${noun} ${expected}`);
    }
    expected++;
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
