// Carries out one pass: reads block after block and puts each row straight to its place in the batches to come.
// Everything here is synchronous; it runs in a worker thread.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { ShardGeometry } from '../shards/geometry.ts';
import type { ActivationBatch } from '../types.ts';
import { BatchFiller } from './batch-filler.ts';
import { type PassOrder, planWindows, type Window, windowPlaces } from './pass-plan.ts';
import { bufferBytes, planReads, type ReadPlan, readsOf } from './read-plan.ts';
import { counts } from './row-filter.ts';
import { createRowKernels, type RowKernels } from './row-kernels.ts';
import type { Scaling } from './scaling.ts';
import type { RowSelection } from './selection.ts';

/** Everything a pass needs to know; it can be sent to a worker. */
export interface PassInput {
  readonly folder: string;
  readonly geometry: ShardGeometry;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  readonly order: PassOrder;
  /** Rows to leave out at the start. */
  readonly skipRows: number;
  /** Rows of the pass, the skipped ones counted. */
  readonly endRow: number;
  /** Rows in one chunk: a set of arrays, of one batch or of several. */
  readonly chunkRows: number;
}

/** Yield the rows of a pass in order, all chunks of a window at a time. Chunks put into `spare` are used again. */
export function* readPass(
  input: PassInput,
  spare: ActivationBatch[] = [],
): Generator<ActivationBatch[]> {
  const reader = new BlockReader(input);
  const { dModel } = input.geometry;
  const filler = new BatchFiller({
    batchSize: input.chunkRows,
    dModel,
    dTarget: input.selection.targets && dModel,
    first: input.skipRows,
    end: input.endRow,
    spare,
  });
  try {
    for (const [index, window] of planWindows(input.order).entries()) {
      if (window.start + window.rows <= input.skipRows) continue;
      if (window.start >= input.endRow) break;
      fillWindow(input, reader, index, window, filler);
      yield filler.takeBefore(window.start + window.rows);
    }
  } finally {
    reader.close();
  }
}

function fillWindow(
  input: PassInput,
  reader: BlockReader,
  index: number,
  window: Window,
  filler: BatchFiller,
): void {
  const { rowsPerExample, tokenIndex } = input.selection;
  const { plan } = reader;
  const places = windowPlaces(input.order, index, window);
  const { filter } = input.order;
  const absent = new Set(input.order.absent);
  let nRead = 0;
  for (const block of window.blocks) {
    reader.read(block.file, block.first, block.count);
    for (let i = 0; i < block.count; i++) {
      const example = block.first + i;
      if (absent.has(example)) continue;
      const base = i * plan.stride;
      for (let row = 0; row < rowsPerExample; row++) {
        if (!counts(filter, example, row)) continue;
        const place = window.start + (places === undefined ? nRead : places[nRead]!);
        nRead++;
        if (place < input.skipRows || place >= input.endRow) continue;
        const token = tokenIndex[row]!;
        filler.put(place, reader.scaled(base, plan.sourceAt, row, example), example, token);
        if (plan.targetAt === undefined) continue;
        filler.putTarget(place, reader.scaled(base, plan.targetAt, row, example));
      }
    }
  }
}

/** The error for an activation that is NaN or, with an infinite clamp, infinite. */
export function notANumber(folder: string, example: number, token: number): UserError {
  return new UserError(
    `activations in '${folder}' are not all numbers: example ${example}, ${token < 0 ? 'CLS or mean' : `patch ${token}`}`,
    { hint: 'record them again' },
  );
}

/** Reads blocks of examples into the memory of the kernels. */
class BlockReader {
  readonly plan: ReadPlan;
  readonly #kernels: RowKernels;
  readonly #input: PassInput;
  /** Open files, the least recently used first. */
  readonly #open = new Map<number, number>();

  constructor(input: PassInput) {
    this.#input = input;
    this.plan = planReads(input.geometry, input.selection);
    this.#kernels = createRowKernels({
      dModel: input.geometry.dModel,
      dtype: input.geometry.dtype,
      width: input.selection.width,
      blockBytes: bufferBytes(this.plan, input.order.examplesPerBlock),
      scaling: input.scaling,
    });
  }

  read(file: number, first: number, count: number): void {
    const { geometry, order, folder } = this.#input;
    const { bytes } = this.#kernels;
    const inFile = order.files[file]!;
    const handle = this.#handle(file);
    const run = { file, inFile, first, count };
    for (const { position, length, to } of readsOf(this.plan, geometry, run)) {
      for (let done = 0; done < length; ) {
        const n = readSync(handle, bytes, to + done, length - done, position + done);
        if (n === 0) throw truncated(folder, inFile.name);
        done += n;
      }
    }
  }

  /** Row `row` of the example at number `base` of the block, scaled; it stands until the next one is asked for. */
  scaled(base: number, at: Int32Array, row: number, example: number): Float32Array {
    const { selection, geometry, folder } = this.#input;
    const { width, tokenIndex } = selection;
    const kernels = this.#kernels;
    const found =
      width === 1
        ? kernels.scale(base + at[row]!)
        : kernels.scaleMean(base, at, row * width, width);
    if (found === -1) throw notANumber(folder, example, tokenIndex[row]!);
    return kernels.floats.subarray(found, found + geometry.dModel);
  }

  #handle(file: number): number {
    let handle = this.#open.get(file);
    this.#open.delete(file);
    handle ??= openSync(join(this.#input.folder, this.#input.order.files[file]!.name), 'r');
    this.#open.set(file, handle);
    if (this.#open.size > 64) {
      const [oldest, oldestHandle] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      closeSync(oldestHandle);
    }
    return handle;
  }

  close(): void {
    for (const handle of this.#open.values()) closeSync(handle);
    this.#open.clear();
  }
}

/** The error for a shard that ends too early. */
export function truncated(folder: string, name: string): UserError {
  return new UserError(`shard '${join(folder, name)}' is truncated`, { hint: 'record it again' });
}
