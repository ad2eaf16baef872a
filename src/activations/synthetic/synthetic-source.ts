// Rows of a synthetic world as a source: drawn by a thread as they are asked for, without an end.
import { UserError } from '../../base/errors.ts';
import { workerUrl } from '../../base/worker.ts';
import { openWorld } from '../../data/worlds/synthetic/open-world.ts';
import type { SyntheticWorld } from '../../data/worlds/synthetic/world.ts';
import type { SyntheticLoad } from '../config.ts';
import {
  type Reading,
  readingOf,
  type SharedOpenOptions,
  type WantedSource,
} from '../open-options.ts';
import { newBatch } from '../reading/batch-filler.ts';
import { batchesPerChunk, passBatches, threadsFor } from '../reading/pass-client.ts';
import { checkScaling, type Scaling } from '../reading/scaling.ts';
import { checkBatchOptions } from '../reading/shard-source.ts';
import { resolveScaling } from '../resolve-scaling.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from '../types.ts';
import { type DrawInput, drawFiller } from './draw-pass.ts';
import { drawnTogether, UNSCALED } from './drawn-together.ts';

/** Name of the rows that are read in their own order: training sees none of them. */
export const ROWS_IN_ORDER = 'in order';
/** Rows that a scaling is computed from, at most. */
const SAMPLE_ROWS = 2 ** 16;
/** Rows of a sample that are drawn together. */
const SAMPLE_CHUNK = 1024;

/** Rows of a world, and how they are scaled. */
export interface SyntheticSource extends ActivationSource {
  readonly world: SyntheticWorld;
  readonly scaling: Scaling;
}

/**
 * Open a synthetic world as a source of rows for each of those that are wanted. Each pass with a seed draws rows of its own; the
 * place of a row in its pass says all about it, so that a pass can begin anywhere.
 * @throws {UserError} for a world that is missing or cannot be, and for a target or rows to validate on.
 */
export async function openSynthetic(
  load: SyntheticLoad,
  wanted: readonly WantedSource[],
  options: SharedOpenOptions = {},
): Promise<{ source: SyntheticSource; scaling: Scaling }[]> {
  for (const each of wanted) refuseUnknown(each, options);
  const { signal } = options;
  const opened = await openWorld(load, { ...(signal && { signal }) });
  const directions = new Float32Array(new SharedArrayBuffer(opened.directions.byteLength));
  directions.set(opened.directions);
  // The largest part of it: threads that draw need no copy each.
  const world = { ...opened, directions };
  const length = load.nRows;
  const together = drawnTogether(
    (how) => drawnBatches(world, { length, scaling: UNSCALED }, how),
    // It reads no others than those below.
    (source) => (source as SyntheticSource).scaling,
  );
  const sources: { source: SyntheticSource; scaling: Scaling }[] = [];
  for (const { data, scaling: given } of wanted) {
    const own = { ...options, ...(given && { scaling: given }) };
    const scaling = await scalingOf(world, readingOf(data, own));
    sources.push({ source: sourceOf(world, { length, scaling, together }), scaling });
  }
  return sources;
}

function refuseUnknown({ data, ignore }: WantedSource, { validation }: SharedOpenOptions): void {
  if (data.target !== undefined) {
    throw new UserError(
      'unsupported target: rows of a synthetic world are reconstructed themselves',
      { hint: 'leave data.target out' },
    );
  }
  if (validation !== undefined) {
    throw new UserError('unsupported validation: no row of a synthetic world comes twice', {
      hint: 'leave it out: the evaluation reads rows that were not trained on',
    });
  }
  if (ignore !== undefined) {
    throw new UserError('unsupported ignore: rows of a synthetic world have no labels or places', {
      hint: 'leave it out',
    });
  }
}

async function scalingOf(world: SyntheticWorld, reading: Reading): Promise<Scaling> {
  const { clamp = 1e5, nRandomSamples = SAMPLE_ROWS, scaling: given } = reading;
  const { dModel } = world.law;
  if (given !== undefined) return checkScaling(given, dModel);
  const rows = Math.min(nRandomSamples, SAMPLE_ROWS);
  const scaling = checkScaling({ clamp, mean: undefined, scalar: 1 }, dModel);
  const draw = drawFiller({ world, stream: 'sample', scaling }, { part: 0, parts: 1 });
  const samples = async function* (): AsyncGenerator<Float32Array> {
    for (let first = 0; first < rows; first += SAMPLE_CHUNK) {
      const chunkRows = Math.min(SAMPLE_CHUNK, rows - first);
      const chunk = newBatch(chunkRows, { dModel });
      draw({ index: 0, from: first, end: first + chunkRows, first, chunkRows, chunks: [chunk] });
      yield chunk.acts;
    }
  };
  return resolveScaling(samples, dModel, { ...reading, nRandomSamples: rows, isScaled: false });
}

/** How many rows a pass has, and what is done to them. */
interface DrawnRows {
  readonly length: number;
  readonly scaling: Scaling;
}

function sourceOf(
  world: SyntheticWorld,
  { together, ...drawn }: DrawnRows & Pick<ActivationSource, 'together'>,
): SyntheticSource {
  const { length, scaling } = drawn;
  return {
    world,
    scaling,
    dModel: world.law.dModel,
    length,
    nExamples: length,
    rowsPerExample: 1,
    isDrawn: true,
    together,
    batches: (options) => drawnBatches(world, drawn, options),
    close: async () => undefined,
  };
}

/** One pass, drawn by threads ahead of whoever reads it. */
function drawnBatches(
  world: SyntheticWorld,
  { length, scaling }: DrawnRows,
  options: BatchOptions,
): AsyncIterable<ActivationBatch> {
  checkBatchOptions(options);
  const { dModel } = world.law;
  const { batchSize, shuffleSeed, skipBatches = 0, dropLast = false } = options;
  const stream = shuffleSeed === undefined ? ROWS_IN_ORDER : `pass ${shuffleSeed}`;
  const input: DrawInput = { world, stream, scaling };
  const rowBytes = 4 * dModel + 8;
  const skipRows = skipBatches * batchSize;
  const endRow = dropLast ? Math.floor(length / batchSize) * batchSize : length;
  const chunkRows = batchSize * batchesPerChunk(batchSize, rowBytes);
  const shape = {
    dModel,
    skipRows,
    endRow,
    windows: runs(skipRows, endRow, chunkRows),
    chunkRows,
    threads: threadsFor((endRow - skipRows) * rowBytes),
  };
  const url = workerUrl(import.meta.url, './draw.worker');
  return passBatches({ url, input }, shape, options);
}

/** Cut the rows from `start` to before `end` into runs of at most `rows`. */
function* runs(
  start: number,
  end: number,
  rows: number,
): Generator<{ start: number; rows: number }, void> {
  for (let at = start; at < end; at += rows) yield { start: at, rows: Math.min(rows, end - at) };
}
