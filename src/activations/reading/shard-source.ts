// Opens recorded activations as rows to train on: saev's Dataset, with every combination of patches and layers.
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import { resolveScaling } from '../resolve-scaling.ts';
import { type OpenedContexts, openContexts } from '../shards/context-files.ts';
import type { Layer } from '../shards/metadata.ts';
import { openShardIndex, type ShardIndex } from '../shards/shard-index.ts';
import type { ActivationBatch, ActivationRow, ActivationSource, BatchOptions } from '../types.ts';
import { joined, othersThan } from './apart.ts';
import { createExampleReader, type ExampleReader } from './example-reader.ts';
import { notANumber, type PassInput } from './pass.ts';
import { batchesPerChunk, passBatches, shardWorker, threadsFor } from './pass-client.ts';
import { type PassOrder, planWindows } from './pass-plan.ts';
import { type RowFilter, rowsOfAll } from './row-filter.ts';
import { sampleRows } from './sample.ts';
import {
  checkScaling,
  checkTargetScaling,
  meanRow,
  type Scaling,
  scaleRow,
  scalesByDefault,
} from './scaling.ts';
import { type LayerChoice, type PatchChoice, type RowSelection, selectRows } from './selection.ts';

/** Which rows to read and how to scale them: saev's `DataLoad`. */
export interface ReadOptions {
  /** Which tokens: CLS, each patch, the mean over patches, or all stored tokens. @default 'patches' */
  readonly patches?: PatchChoice;
  /** Which layer, as it was recorded; every layer; or the mean over them. @default -2 */
  readonly layer?: LayerChoice;
  /** Recorded layer to reconstruct from that one; undefined for itself. */
  readonly target?: Layer | undefined;
  /** Values are clamped to ±this. @default 1e5 */
  readonly clamp?: number;
  /** Subtract the mean row: computed from samples, or read from a .pt, .npy or .safetensors file. @default true for images without target */
  readonly scaleMean?: boolean | string | undefined;
  /** Divide so that the mean norm is √dModel: computed from samples, or read from a file. @default as scaleMean */
  readonly scaleNorm?: boolean | string | undefined;
  /** Rows drawn without replacement to compute mean and norm. @default 524_288 */
  readonly nRandomSamples?: number;
  /** Seed of that draw. @default 42 */
  readonly sampleSeed?: number;
  /** Scaling to use as it is, in place of `clamp`, `scaleMean` and `scaleNorm`: that of an earlier run. */
  readonly scaling?: Scaling;
  /** Examples at the beginning that no batch takes, kept to evaluate on. @default 0 */
  readonly heldOut?: number | undefined;
  /** Examples that give no rows, as if they were not there: those that are kept apart to validate on. */
  readonly leaveOut?: Iterable<number> | undefined;
  /** Choose among the rows of a selection those that count; all do when undefined. */
  readonly chooseRows?: ((selection: RowSelection) => Promise<RowFilter>) | undefined;
  /** Patches that a mean over patches leaves out. */
  readonly notInMean?: readonly number[] | undefined;
  /** Bytes of rows that a pass may hold in memory. The more, the better it mixes. @default 1 GiB */
  readonly bufferBytes?: number;
  /** Bytes of disk that one read of a pass covers. @default 4 MiB */
  readonly readBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Rows read from shards. `nExamples` counts every slot of the metadata, so an example's index is always its place in
 * the dataset; examples that hold no activations (`absent`) give no rows in `batches` and are not counted in `length`.
 */
export interface ShardSource extends ActivationSource, ShardIndex {
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  /**
   * Read row `i` of `nExamples · rowsPerExample`, numbered as in saev's Dataset: `example · rowsPerExample + row`.
   * A row of an absent example is the scaled zero vector, as Python reads it.
   */
  row(i: number): Promise<ActivationRow>;
  /** Read all rows of one example, `[rowsPerExample, dModel]`. */
  exampleRows(example: number): Promise<Float32Array>;
}

/**
 * Open the shard folder `folder` for reading.
 *
 * @throws {UserError} when the folder is missing, unfinished or damaged, when the layer was not recorded, and when the
 * scaling cannot be computed or loaded.
 */
export async function openActivations(
  folder: string,
  options: ReadOptions = {},
): Promise<ShardSource> {
  return openIndexed(await openShardIndex(folder), options);
}

/**
 * Open for reading what was found whole in a folder.
 * @throws {UserError} as {@link openActivations} does.
 */
export async function openIndexed(found: ShardIndex, options: ReadOptions): Promise<ShardSource> {
  const { folder } = found;
  const index = without(found, options);
  const { patches = 'patches', layer = -2, target } = options;
  const { notInMean, chooseRows } = options;
  const selection = selectRows(index.metadata, { patches, layer, target, notInMean });
  const { dModel } = index.geometry;
  const contexts = await openContexts(folder, index.metadata);
  const nExamples = index.metadata.nExamples;
  const filter = await chooseRows?.(selection);
  const present = othersThan(index.absent, nExamples);
  if (present.length === 0)
    throw new UserError(`no activations in '${folder}': it holds no examples`);
  const of = present.length * selection.rowsPerExample;
  const length = rowsOfAll({ ...selection, filter }, present);
  if (length === 0) throw nothingLeft(of);

  const { clamp = 1e5 } = options;
  const clampOnly = checkScaling({ clamp, mean: undefined, scalar: 1 }, dModel);
  const given = options.scaling && checkScaling(options.scaling, dModel);
  const reader = createExampleReader(index, selection);
  const parts = { index, selection, reader, contexts, filter, length, of };
  const raw = createSource(parts, clampOnly, options);
  try {
    const { nRandomSamples = 2 ** 19, sampleSeed: seed = 42, signal } = options;
    const samples = sampleRows({ ...raw, present, filter }, { nRandomSamples, seed, signal });
    const isScaled = scalesByDefault(raw);
    const scaling = given ?? (await resolveScaling(samples, dModel, { ...options, isScaled }));
    if (target !== undefined) checkTargetScaling(scaling);
    return createSource(parts, scaling, options);
  } catch (error) {
    await raw.close();
    throw error;
  }
}

/** The error for rows of which every one is left out. */
export function nothingLeft(rows: number): UserError {
  return new UserError(`nothing is left: every one of the ${number(rows)} rows is ignored`, {
    hint: 'name fewer labels, patches or tokens with --ignore',
  });
}

/** The index with the examples that are kept for evaluation among those that give no rows. */
function without(
  index: ShardIndex,
  { heldOut = 0, leaveOut = [] }: Pick<ReadOptions, 'heldOut' | 'leaveOut'>,
): ShardIndex {
  const first = Array.from({ length: heldOut }, (_, i) => i);
  return { ...index, absent: joined(joined(first, leaveOut), index.absent) };
}

function createSource(
  parts: {
    readonly index: ShardIndex;
    readonly selection: RowSelection;
    readonly reader: ExampleReader;
    readonly contexts: OpenedContexts | undefined;
    readonly filter: RowFilter | undefined;
    /** Rows that count, of so many. */
    readonly length: number;
    readonly of: number;
  },
  scaling: Scaling,
  options: ReadOptions,
): ShardSource {
  const { index, selection, reader, contexts, filter, length, of } = parts;
  const { folder, geometry, files, absent, metadata } = index;
  const { dModel } = geometry;
  const { rowsPerExample } = selection;
  const { nExamples } = metadata;
  const dTarget = selection.targets === undefined ? undefined : dModel;
  const { bufferBytes = 2 ** 30, readBytes = 2 ** 22 } = options;
  const rowBytes = (dModel + (dTarget ?? 0)) * 4 + 8;
  const exampleBytes = rowBytes * rowsPerExample;
  const held = Math.min(of / rowsPerExample, Math.max(1, Math.floor(bufferBytes / exampleBytes)));

  /** Scale one row, whose sources stand in `buffer` at `sourceAt`, into `out` at `to`. */
  const scaleInto = (
    buffer: Float32Array,
    sourceAt: ArrayLike<number>,
    place: { example: number; row: number },
    out: Float32Array,
    to: number,
  ): void => {
    const { width, tokenIndex } = selection;
    let source = buffer;
    let at = sourceAt[place.row * width]!;
    if (width > 1) {
      source = new Float32Array(dModel);
      at = 0;
      meanRow(buffer, sourceAt, place.row * width, width, 0, source, dModel);
    }
    if (!scaleRow(source, at, out, to, dModel, scaling)) {
      throw notANumber(folder, place.example, tokenIndex[place.row]!);
    }
  };

  const readRow = async (example: number, row: number): Promise<Float32Array> => {
    const out = new Float32Array(dModel);
    if (selection.width > 1) {
      const buffer = await reader.readExample(example);
      scaleInto(buffer, reader.plan.sourceAt, { example, row }, out, 0);
      return out;
    }
    const token = await reader.readToken(example, selection.sources[row]!);
    if (!scaleRow(token, 0, out, 0, dModel, scaling)) {
      throw notANumber(folder, example, selection.tokenIndex[row]!);
    }
    return out;
  };

  return {
    ...index,
    dModel,
    dTarget,
    contexts,
    length,
    ...(filter && { leftOut: of - length }),
    nExamples,
    heldOut: options.heldOut,
    rowsPerExample,
    selection,
    scaling,
    mixing: { examples: held, bytes: held * exampleBytes },
    batches(batchOptions: BatchOptions): AsyncIterable<ActivationBatch> {
      const { batchSize, shuffleSeed, skipBatches = 0, dropLast = false } = batchOptions;
      const { bufferExamples = Number.POSITIVE_INFINITY } = batchOptions;
      checkBatchOptions(batchOptions);
      // While one window is consumed the next is read: two share the memory. Order on disk needs no mixing.
      const windowBytes = Math.min(bufferBytes / 2, shuffleSeed === undefined ? 2 ** 26 : Infinity);
      const windowRows = (bufferExamples * rowsPerExample) / 2;
      const order: PassOrder = {
        files,
        absent,
        rowsPerExample,
        filter,
        examplesPerBlock: Math.max(1, Math.floor(readBytes / geometry.exampleBytes)),
        windowRows: Math.max(1, Math.floor(Math.min(windowBytes / rowBytes, windowRows))),
        shuffleSeed,
      };
      const input: PassInput = { folder, geometry, selection, scaling, order };
      const skipRows = skipBatches * batchSize;
      const endRow = dropLast ? Math.floor(length / batchSize) * batchSize : length;
      const shape = {
        dModel,
        dTarget,
        skipRows,
        endRow,
        windows: planWindows(order),
        chunkRows: batchSize * batchesPerChunk(batchSize, rowBytes),
        threads: threadsFor((endRow - skipRows) * rowBytes),
      };
      return passBatches({ url: shardWorker(), input }, shape, batchOptions);
    },
    async row(i) {
      checkIndex(i, nExamples * rowsPerExample, 'row');
      const example = Math.floor(i / rowsPerExample);
      const row = i % rowsPerExample;
      return {
        act: await readRow(example, row),
        exampleIndex: example,
        tokenIndex: selection.tokenIndex[row]!,
        layerIndex: selection.layerIndex[row]!,
      };
    },
    async exampleRows(example) {
      checkIndex(example, nExamples, 'example');
      const buffer = await reader.readExample(example);
      const rows = new Float32Array(rowsPerExample * dModel);
      for (let row = 0; row < rowsPerExample; row++) {
        scaleInto(buffer, reader.plan.sourceAt, { example, row }, rows, row * dModel);
      }
      return rows;
    },
    async close() {
      await reader.close();
      await contexts?.close();
    },
  };
}

/** Refuse batch sizes and starts that make no sense. */
export function checkBatchOptions({ batchSize, skipBatches = 0 }: BatchOptions): void {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new UserError(`invalid batch size ${batchSize}: it must be a whole number above 0`);
  }
  if (!(Number.isInteger(skipBatches) && skipBatches >= 0)) {
    throw new UserError(`invalid number of batches to skip: ${skipBatches}`);
  }
}

function checkIndex(i: number, length: number, what: string): void {
  if (Number.isInteger(i) && i >= 0 && i < length) return;
  throw new UserError(`invalid ${what} ${i}: there are ${length}`);
}
