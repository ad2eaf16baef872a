// Collects rows into batches.
import type { ActivationBatch } from './types.ts';

/** A row to copy: `[dModel]` of `data` from `at` on. */
interface Row {
  readonly data: Float32Array;
  readonly at: number;
  readonly example: number;
  readonly token: number;
}

/** Gathers rows until a batch is full. Every batch gets arrays of its own. */
export class BatchFiller {
  readonly #batchSize: number;
  readonly #dModel: number;
  #batch: ActivationBatch;
  #filled = 0;

  constructor(batchSize: number, dModel: number) {
    this.#batchSize = batchSize;
    this.#dModel = dModel;
    this.#batch = newBatch(batchSize, dModel);
  }

  /** Copy a row; returns the batch that it completes, if it does. */
  push({ data, at, example, token }: Row): ActivationBatch | undefined {
    const batch = this.#batch;
    batch.acts.set(data.subarray(at, at + this.#dModel), this.#filled * this.#dModel);
    batch.exampleIndex[this.#filled] = example;
    batch.tokenIndex[this.#filled] = token;
    if (++this.#filled < this.#batchSize) return undefined;
    this.#batch = newBatch(this.#batchSize, this.#dModel);
    this.#filled = 0;
    return batch;
  }

  /** The rows of the last, incomplete batch; undefined where there are none. */
  rest(): ActivationBatch | undefined {
    const n = this.#filled;
    if (n === 0) return undefined;
    return {
      acts: this.#batch.acts.slice(0, n * this.#dModel),
      exampleIndex: this.#batch.exampleIndex.slice(0, n),
      tokenIndex: this.#batch.tokenIndex.slice(0, n),
    };
  }
}

function newBatch(rows: number, dModel: number): ActivationBatch {
  return {
    acts: new Float32Array(rows * dModel),
    exampleIndex: new Int32Array(rows),
    tokenIndex: new Int32Array(rows),
  };
}
