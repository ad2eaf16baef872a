// Collects rows into batches, one after the other.
import type { ActivationBatch } from '../types.ts';

interface BatchFillerOptions {
  /** Rows in a batch. */
  readonly batchSize: number;
  readonly dModel: number;
  /** Length of what each row is to be reconstructed as; undefined where it is the row itself. */
  readonly dTarget?: number | undefined;
}

/** Batches that come into being as rows need them, each with arrays of its own. */
export class BatchFiller {
  readonly #options: BatchFillerOptions;
  #batch: ActivationBatch | undefined;
  /** Rows that the batch holds. */
  #rows = 0;

  constructor(options: BatchFillerOptions) {
    this.#options = options;
  }

  /** Copy the next row, `[dModel]`, and its target, `[dTarget]`; returns the batch that it completes, if it does. */
  push(
    row: Float32Array,
    {
      target,
      example,
      token,
    }: { target?: Float32Array | undefined; example: number; token: number },
  ): ActivationBatch | undefined {
    const { batchSize } = this.#options;
    this.#batch ??= newBatch(batchSize, this.#options);
    const batch = this.#batch;
    const slot = this.#rows++;
    batch.acts.set(row, slot * row.length);
    if (target !== undefined) batch.targets!.set(target, slot * target.length);
    batch.exampleIndex[slot] = example;
    batch.tokenIndex[slot] = token;
    if (this.#rows < batchSize) return undefined;
    this.#batch = undefined;
    this.#rows = 0;
    return batch;
  }

  /** The rows that were pushed since the last batch was complete; undefined where there are none. */
  rest(): ActivationBatch | undefined {
    return this.#batch && sliceBatch(this.#batch, 0, this.#rows);
  }
}

/** Make room for `rows` rows; threads share it where `shared` says so. */
export function newBatch(
  rows: number,
  { dModel, dTarget }: { readonly dModel: number; readonly dTarget?: number | undefined },
  { shared = false }: { readonly shared?: boolean } = {},
): ActivationBatch {
  const room = (length: number): ArrayBufferLike =>
    shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length);
  return {
    acts: new Float32Array(room(rows * dModel)),
    ...(dTarget !== undefined && { targets: new Float32Array(room(rows * dTarget)) }),
    exampleIndex: new Int32Array(room(rows)),
    tokenIndex: new Int32Array(room(rows)),
  };
}

/**
 * Copy the rows from `start` to before `end` into a batch of their own; with `inPlace`, their activations and targets are
 * not copied.
 */
export function sliceBatch(
  batch: ActivationBatch,
  start: number,
  end: number,
  { inPlace = false }: { readonly inPlace?: boolean } = {},
): ActivationBatch {
  const { acts, targets, exampleIndex, tokenIndex } = batch;
  const rows = exampleIndex.length;
  const slice = (values: Float32Array): Float32Array => {
    const width = values.length / rows;
    const part = values.subarray(start * width, end * width);
    return inPlace ? part : new Float32Array(part);
  };
  return {
    acts: slice(acts),
    ...(targets !== undefined && { targets: slice(targets) }),
    exampleIndex: new Int32Array(exampleIndex.subarray(start, end)),
    tokenIndex: new Int32Array(tokenIndex.subarray(start, end)),
  };
}
