// Records examples to shards. Loading, inference and writing run at the same time, one batch apart.
import { inBatches } from '../../base/iterables.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import type { ShardGeometry } from '../shards/geometry.ts';
import type { ActivationMetadata } from '../shards/metadata.ts';
import { checkOrigin, type RecordingOrigin } from '../shards/origin.ts';
import type { SkippedExample } from '../shards/recording-log.ts';
import { openShardWriter, type ShardWriter } from '../shards/shard-writer.ts';
import {
  type Example,
  notNumbers,
  type RunActivations,
  type RunBatch,
  runBatches,
} from './run-batches.ts';

const log = logger('activations');

/** An example to record, and perhaps its labels. */
interface RecordedItem extends Example {
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
  /** Run examples of which none is bad. */
  readonly run: (items: readonly Item[]) => Promise<RunActivations>;
  /** Examples a run of the model. */
  readonly batchSize: number;
  /** Put what else belongs to the folder there, before examples are recorded. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Name an example for people. */
  readonly sourceOf?: ((index: number) => string) | undefined;
  /** Examples that there are, where the metadata count more, as Python's do. */
  readonly nGiven?: number | undefined;
  /** Look at what is recorded: asked before, to compare with what the folder holds, and once more at the end. */
  readonly origin?: (() => Promise<RecordingOrigin>) | undefined;
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
 * @throws {UserError} when the model gives NaN or infinity, naming the example; what was recorded before it is kept; and
 * when what the folder holds is of other data, or the data change while they are recorded.
 */
export async function recordExamples<Item extends RecordedItem>(
  recording: Recording<Item>,
): Promise<RecordSummary> {
  const { metadata, nGiven, overwrite = false, labels = false } = recording;
  const origin = await recording.origin?.();
  const writer = await openShardWriter(recording.dumpTo, metadata, {
    overwrite,
    labels,
    nGiven,
    origin,
  });
  const start = performance.now();
  const from = writer.nWritten;
  try {
    await recording.prepare?.(writer.folder);
    if (writer.finished) log.info(`already recorded: ${writer.folder}`);
    else {
      await recordAll(recording, writer);
      // What changed in the meantime is noticed here; the folder then stays unfinished.
      if (origin !== undefined) checkOrigin(writer.folder, origin, await recording.origin!());
    }
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
  const { signal, noun, metadata, batchSize } = recording;
  const from = writer.nWritten;
  const progress = startProgress('record', {
    total: recording.nGiven ?? metadata.nExamples,
    unit: `${noun}s`,
    done: from,
  });
  const batches = inBatches(inOrder(recording.examples(from), from, noun), batchSize);
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of runBatches(batches, recording.run, signal)) {
      checkFinite(batch, writer.geometry, recording);
      await writing;
      writing = write(batch, writer, recording).then(() => progress.tick(batch.items.length));
      writing.catch(() => undefined);
    }
    await writing;
    progress.finish();
  } finally {
    await Promise.allSettled([writing]);
    progress.end();
  }
}

async function write<Item extends RecordedItem>(
  { items, given }: RunBatch<Item, RunActivations>,
  writer: ShardWriter,
  { labels: keepsLabels = false, noun }: Recording<Item>,
): Promise<void> {
  const acts = given?.acts ?? new Float32Array(0);
  const { dModel, nTokens, nLayers } = writer.geometry;
  const size = nLayers * nTokens * dModel;
  const nPatches = nTokens - (writer.geometry.hasCls ? 1 : 0);
  const nGood = acts.length / size;
  const slots = nGood === items.length ? acts : new Float32Array(items.length * size);
  const labels = keepsLabels ? new Uint8Array(items.length * nPatches) : undefined;
  let good = 0;
  items.forEach((item, i) => {
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
  { items, given }: RunBatch<Item, RunActivations>,
  { nLayers, nTokens, dModel }: ShardGeometry,
  { noun, sourceOf }: Recording<Item>,
): void {
  const acts = given?.acts ?? new Float32Array(0);
  const size = nLayers * nTokens * dModel;
  const good = items.filter(({ bad }) => bad === undefined);
  good.forEach(({ index }, i) => {
    let sum = 0;
    for (let j = i * size; j < (i + 1) * size; j++) sum += acts[j]! * 0;
    if (sum === 0) return;
    const source = sourceOf === undefined ? '' : ` (${sourceOf(index)})`;
    throw notNumbers(`${noun} ${index}${source}`, noun, '; what was recorded before it is kept');
  });
}

/** Pass examples on, checking that their indices go up by one. */
async function* inOrder<Item extends RecordedItem>(
  examples: AsyncIterable<Item>,
  from: number,
  noun: string,
): AsyncGenerator<Item, void> {
  let expected = from;
  for await (const item of examples) {
    if (item.index !== expected) {
      throw new RangeError(`recording: ${noun} ${item.index} came in place of ${noun} ${expected}`);
    }
    expected++;
    yield item;
  }
}
