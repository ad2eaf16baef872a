// Rows with their classes, batch by batch: kept in memory where they fit, else read again every epoch.
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { indexOfNonFinite } from '../../sae/finite.ts';
import type { Labels } from '../labels/labels.ts';
import {
  activationFeatures,
  bytesIn,
  type FeatureMap,
  type Features,
  gatherRows,
  rowsIn,
} from './features.ts';

/** Features of rows whose class is known. */
export interface LabelledBatch {
  readonly features: Features;
  /** `[rows]` */
  readonly classes: Int32Array;
}

/** Labelled rows that can be read epoch after epoch. */
export interface LabelledRows {
  /** Whether they are kept in memory. */
  readonly isKept: boolean;
  /** The batches of an epoch from number `first` on, in the order that the seed gives them. */
  epoch(epoch: number, first: number): AsyncIterable<LabelledBatch>;
}

/** How rows are read. */
export interface LabelledRowsOptions {
  readonly features: FeatureMap;
  readonly batchSize: number;
  readonly seed: number;
  /** Bytes of features that may be kept in memory. */
  readonly memoryBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Keep the labelled rows of a source in memory if they fit; read them again every epoch if not. */
export async function labelledRows(
  source: ActivationSource,
  labels: Labels,
  options: LabelledRowsOptions,
): Promise<LabelledRows> {
  const { features, batchSize, memoryBytes, seed, signal } = options;
  const isHopeless = !features.isSparse && source.length * features.width * 4 > memoryBytes;
  const kept = isHopeless ? undefined : await keepRows(source, labels, options);
  if (kept !== undefined) return inMemory(kept, options);
  return {
    isKept: false,
    async *epoch(epoch, skipBatches) {
      const shuffleSeed = orderOf(seed, epoch).uint32();
      for await (const batch of source.batches({ batchSize, shuffleSeed, skipBatches, signal })) {
        yield await labelled(batch, labels, { source, features });
      }
    },
  };
}

/** The labelled rows of a source in its own order, batch by batch; batches without any are left out. */
export async function* labelledBatches(
  source: ActivationSource,
  labels: Labels,
  options: Pick<LabelledRowsOptions, 'features' | 'batchSize' | 'signal'>,
): AsyncGenerator<LabelledBatch & { readonly examples: Int32Array }> {
  const { features, batchSize, signal } = options;
  for await (const batch of source.batches({ batchSize, signal })) {
    const rows = await labelled(batch, labels, { source, features });
    if (rows.classes.length > 0) yield rows;
  }
}

/** Gives labelled rows in the order of their source. */
export type RememberedRows = () => AsyncIterable<LabelledBatch & { readonly examples: Int32Array }>;

/** Read labelled rows once and give them from memory after that; those that take more than `memoryBytes` are read again. */
export function rememberRows(
  source: ActivationSource,
  labels: Labels,
  options: Pick<LabelledRowsOptions, 'features' | 'batchSize' | 'memoryBytes' | 'signal'>,
): RememberedRows {
  type Batch = LabelledBatch & { readonly examples: Int32Array };
  let kept: readonly Batch[] | undefined;
  return async function* () {
    if (kept !== undefined) return yield* kept;
    const batches: Batch[] = [];
    let size = 0;
    for await (const batch of labelledBatches(source, labels, options)) {
      size += bytesIn(batch.features);
      if (size <= options.memoryBytes) batches.push(batch);
      else batches.length = 0;
      yield batch;
    }
    if (size <= options.memoryBytes) kept = batches;
  };
}

/** The random order of an epoch. */
function orderOf(seed: number, epoch: number): Random {
  return new Random(seed, `order of epoch ${epoch}`);
}

function inMemory(
  blocks: readonly LabelledBatch[],
  { features, batchSize, seed, signal }: LabelledRowsOptions,
): LabelledRows {
  const counts = blocks.map(({ classes }) => classes.length);
  const nRows = counts.reduce((sum, count) => sum + count, 0);
  const blockOf = new Int32Array(nRows);
  const firstOf = new Int32Array(blocks.length);
  counts.reduce((first, count, block) => {
    firstOf[block] = first;
    blockOf.fill(block, first, first + count);
    return first + count;
  }, 0);
  return {
    isKept: true,
    async *epoch(epoch, first) {
      const order = orderOf(seed, epoch).permutation(nRows);
      for (let start = first * batchSize; start < nRows; start += batchSize) {
        signal?.throwIfAborted();
        const chosen = [...order.subarray(start, start + batchSize)].map((place) => {
          const { features: block, classes } = blocks[blockOf[place]!]!;
          const row = place - firstOf[blockOf[place]!]!;
          return { block, row, number: classes[row]! };
        });
        const classes = Int32Array.from(chosen, ({ number }) => number);
        yield { features: gatherRows(chosen, features.width), classes };
      }
    },
  };
}

/** Read all labelled rows; undefined when they take more memory than they may. */
async function keepRows(
  source: ActivationSource,
  labels: Labels,
  { features, memoryBytes, signal }: LabelledRowsOptions,
): Promise<LabelledBatch[] | undefined> {
  const kept: LabelledBatch[] = [];
  let size = 0;
  for await (const batch of labelledBatches(source, labels, {
    features,
    batchSize: READ_ROWS,
    signal,
  })) {
    size += bytesIn(batch.features);
    if (size > memoryBytes) return undefined;
    kept.push(batch);
  }
  return kept;
}

/** Rows read at a time where batches do not matter. */
const READ_ROWS = 4096;

async function labelled(
  batch: ActivationBatch,
  labels: Labels,
  { source: { dModel }, features }: { source: ActivationSource; features: FeatureMap },
): Promise<LabelledBatch & { examples: Int32Array }> {
  const { acts, exampleIndex, tokenIndex } = batch;
  const rows: number[] = [];
  const classes: number[] = [];
  exampleIndex.forEach((example, row) => {
    const number = labels.classOf(example, tokenIndex[row]!);
    if (number < 0) return;
    rows.push(row);
    classes.push(number);
  });
  const examples = Int32Array.from(rows, (row) => exampleIndex[row]!);
  const known = new Float32Array(rows.length * dModel);
  rows.forEach((row, i) => {
    known.set(acts.subarray(row * dModel, (row + 1) * dModel), i * dModel);
  });
  const at = indexOfNonFinite(known);
  if (at >= 0) {
    const row = rows[Math.floor(at / dModel)]!;
    const place = tokenIndex[row]! < 0 ? '' : `, token ${tokenIndex[row]}`;
    throw new UserError(
      `a row of activations holds ${known[at]}: example ${exampleIndex[row]}${place}`,
    );
  }
  const made = known.length === 0 ? noRows(features.width) : await features.of(known);
  if (rowsIn(made) !== rows.length) {
    throw new RangeError(`features: expected ${rows.length} rows, got ${rowsIn(made)}`);
  }
  return { features: made, classes: Int32Array.from(classes), examples };
}

function noRows(width: number): Features {
  return gatherRows([], width);
}

/** Read activations as they are, where no other features are wanted. */
export function featuresOf(source: ActivationSource, features: FeatureMap | undefined): FeatureMap {
  return features ?? activationFeatures(source.dModel);
}
