// Carries out one pass: reads block after block and puts each row straight to its place in the batches to come.
// Everything here is synchronous; it runs in worker threads, each of which makes its share of a window.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { ShardGeometry } from '../shards/geometry.ts';
import { type Block, type PassOrder, planWindows, windowPlaces } from './pass-plan.ts';
import { bufferBytes, planReads, type ReadPlan, readsOf } from './read-plan.ts';
import { counts } from './row-filter.ts';
import { createRowKernels, type RowKernels } from './row-kernels.ts';
import type { Scaling } from './scaling.ts';
import type { RowSelection } from './selection.ts';
import { placeOf, type Share, shareOf, type WindowWork } from './window-rows.ts';

/** Bytes that are read at once: what a processor keeps near itself until they are scaled and copied. */
const PIECE_BYTES = 2 ** 19;

/** Everything a pass needs to know; it can be sent to a worker. */
export interface PassInput {
  readonly folder: string;
  readonly geometry: ShardGeometry;
  readonly selection: RowSelection;
  readonly scaling: Scaling;
  readonly order: PassOrder;
}

/** Makes a share of each window of a pass. */
export interface PassFiller {
  /** Put the rows of a window's share into place. */
  fill(work: WindowWork): void;
  close(): void;
}

/** Prepare to make a share of each window. */
export function passFiller(input: PassInput, share: Share): PassFiller {
  const reader = new BlockReader(input);
  const windows = planWindows(input.order);
  const absent = new Set(input.order.absent);
  return {
    fill(work) {
      const window = windows[work.index]!;
      const places = windowPlaces(input.order, work.index, window);
      const [from, end] = shareOf(window.blocks.length, share);
      let nRead = 0;
      window.blocks.forEach((block, i) => {
        if (i >= from && i < end) {
          fillBlock(input, { reader, absent, block, work }, (row) => {
            const inOrder = nRead + row;
            return window.start + (places === undefined ? inOrder : places[inOrder]!);
          });
        }
        nRead += block.rows;
      });
    },
    close: () => reader.close(),
  };
}

/** Put the rows of a block where `rowOf` says that each that counts belongs. */
function fillBlock(
  { selection, geometry, order }: PassInput,
  {
    reader,
    absent,
    block,
    work,
  }: {
    readonly reader: BlockReader;
    readonly absent: ReadonlySet<number>;
    readonly block: Block;
    readonly work: WindowWork;
  },
  rowOf: (nth: number) => number,
): void {
  const { rowsPerExample, tokenIndex } = selection;
  const { filter } = order;
  const { dModel } = geometry;
  const { plan, examplesAtOnce } = reader;
  let nth = 0;
  for (let i = 0; i < block.count; i++) {
    const example = block.first + i;
    const inPiece = i % examplesAtOnce;
    if (inPiece === 0) {
      reader.read(block.file, example, Math.min(examplesAtOnce, block.count - i));
    }
    if (absent.has(example)) continue;
    const base = inPiece * plan.stride;
    for (let row = 0; row < rowsPerExample; row++) {
      if (!counts(filter, example, row)) continue;
      const place = rowOf(nth++);
      if (place < work.from || place >= work.end) continue;
      const { chunk, slot } = placeOf(work, place);
      const at = slot * dModel;
      chunk.acts.set(reader.scaled(base, plan.sourceAt, row, example), at);
      chunk.exampleIndex[slot] = example;
      chunk.tokenIndex[slot] = tokenIndex[row]!;
      if (plan.targetAt === undefined) continue;
      chunk.targets!.set(reader.scaled(base, plan.targetAt, row, example), at);
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

/** Reads a few examples at a time into the memory of the kernels. */
class BlockReader {
  readonly plan: ReadPlan;
  /** Examples that are read together. */
  readonly examplesAtOnce: number;
  readonly #kernels: RowKernels;
  readonly #input: PassInput;
  /** Open files, the least recently used first. */
  readonly #open = new Map<number, number>();

  constructor(input: PassInput) {
    this.#input = input;
    this.plan = planReads(input.geometry, input.selection);
    const { examplesPerBlock } = input.order;
    const exampleBytes = this.plan.stride * this.plan.valueBytes;
    this.examplesAtOnce = Math.min(
      examplesPerBlock,
      Math.max(1, Math.floor(PIECE_BYTES / exampleBytes)),
    );
    this.#kernels = createRowKernels({
      dModel: input.geometry.dModel,
      dtype: input.geometry.dtype,
      width: input.selection.width,
      blockBytes: bufferBytes(this.plan, this.examplesAtOnce),
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
