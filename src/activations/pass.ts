// Carries out one pass: reads block after block and puts each row straight to its place in the batches to come.
// Everything here is synchronous; it runs in a worker thread.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { ShardGeometry } from './geometry.ts';
import { type PassOrder, planWindows, type Window, windowPlaces } from './pass-plan.ts';
import { bufferBytes, planReads, readsOf } from './read-plan.ts';
import { meanRow, type Scaling, scaleRow } from './scaling.ts';
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
  /** Rows in one set of arrays. */
  readonly chunkRows: number;
}

/** Consecutive rows of the pass. */
export interface Chunk {
  /** `[rows, dModel]` */
  readonly acts: Float32Array;
  readonly exampleIndex: Int32Array;
  readonly tokenIndex: Int32Array;
}

/** Yield the rows of a pass in order, all chunks of a window at a time. */
export function* readPass(input: PassInput): Generator<Chunk[]> {
  const reader = new BlockReader(input);
  const windows = planWindows(input.order);
  const chunks = new Map<number, Chunk>();
  try {
    for (const [index, window] of windows.entries()) {
      const end = Math.min(window.start + window.rows, input.endRow);
      if (end <= input.skipRows) continue;
      if (window.start >= input.endRow) break;
      fillWindow(input, reader, index, window, chunks);
      const nComplete =
        end === input.endRow
          ? Math.ceil((end - input.skipRows) / input.chunkRows)
          : Math.floor((end - input.skipRows) / input.chunkRows);
      const complete = [...chunks.keys()].filter((key) => key < nComplete).sort((a, b) => a - b);
      yield complete.map((key) => {
        const chunk = chunks.get(key)!;
        chunks.delete(key);
        return chunk;
      });
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
  chunks: Map<number, Chunk>,
): void {
  const { selection, geometry, scaling, skipRows, endRow, chunkRows } = input;
  const { dModel } = geometry;
  const { rowsPerExample, width, tokenIndex } = selection;
  const { stride, sourceAt } = reader.plan;
  const places = windowPlaces(input.order, index, window);
  const absent = new Set(input.order.absent);
  const mean = new Float32Array(dModel);
  let read = 0;
  for (const block of window.blocks) {
    const buffer = reader.read(block.file, block.first, block.count);
    for (let i = 0; i < block.count; i++) {
      if (absent.has(block.first + i)) continue;
      const base = i * stride;
      for (let row = 0; row < rowsPerExample; row++) {
        const place = window.start + (places === undefined ? read : places[read]!) - skipRows;
        read++;
        if (place < 0 || place >= endRow - skipRows) continue;
        const key = Math.floor(place / chunkRows);
        const slot = place - key * chunkRows;
        let chunk = chunks.get(key);
        if (chunk === undefined) {
          chunk = newChunk(Math.min(chunkRows, endRow - skipRows - key * chunkRows), dModel);
          chunks.set(key, chunk);
        }
        chunk.exampleIndex[slot] = block.first + i;
        chunk.tokenIndex[slot] = tokenIndex[row]!;
        let source = buffer;
        let at = base + sourceAt[row * width]!;
        if (width > 1) {
          meanRow(buffer, sourceAt, row * width, width, base, mean, dModel);
          source = mean;
          at = 0;
        }
        if (!scaleRow(source, at, chunk.acts, slot * dModel, dModel, scaling)) {
          throw notANumber(input.folder, block.first + i, tokenIndex[row]!);
        }
      }
    }
  }
}

function newChunk(rows: number, dModel: number): Chunk {
  return {
    acts: new Float32Array(rows * dModel),
    exampleIndex: new Int32Array(rows),
    tokenIndex: new Int32Array(rows),
  };
}

/** The error for an activation that is NaN or, with an infinite clamp, infinite. */
export function notANumber(folder: string, example: number, token: number): UserError {
  return new UserError(
    `activations in '${folder}' are not all numbers: example ${example}, ${token < 0 ? 'CLS or mean' : `patch ${token}`}`,
    { hint: 'record them again' },
  );
}

/** Reads blocks of examples into one buffer that is used again and again. */
class BlockReader {
  readonly plan: ReturnType<typeof planReads>;
  readonly #input: PassInput;
  readonly #buffer: Float32Array;
  readonly #bytes: Uint8Array;
  /** Open files, the least recently used first. */
  readonly #open = new Map<number, number>();

  constructor(input: PassInput) {
    this.#input = input;
    this.plan = planReads(input.geometry, input.selection);
    this.#buffer = new Float32Array(bufferBytes(this.plan, input.order.examplesPerBlock) / 4);
    this.#bytes = new Uint8Array(this.#buffer.buffer);
  }

  read(file: number, first: number, count: number): Float32Array {
    const { geometry, order } = this.#input;
    const inFile = order.files[file]!;
    const handle = this.#handle(file);
    for (const { position, length, to } of readsOf(this.plan, geometry, {
      file,
      inFile,
      first,
      count,
    })) {
      for (let done = 0; done < length; ) {
        const n = readSync(handle, this.#bytes, to + done, length - done, position + done);
        if (n === 0) throw truncated(this.#input.folder, inFile.name);
        done += n;
      }
    }
    return this.#buffer;
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
