// Collects rows into batches.
import type { ActivationBatch } from '../types.ts';

/** A row to copy: `[dModel]` of `data` from `slot · dModel` on, and of `targets` likewise. */
interface Row {
  readonly data: Float32Array;
  readonly targets: Float32Array | undefined;
  readonly slot: number;
  readonly example: number;
  readonly token: number;
}

/** Gathers rows until a batch is full. Every batch gets arrays of its own. */
export class BatchFiller {
  readonly #batchSize: number;
  readonly #dModel: number;
  readonly #dTarget: number | undefined;
  #batch: ActivationBatch;
  #filled = 0;

  constructor(batchSize: number, width: { dModel: number; dTarget?: number | undefined }) {
    this.#batchSize = batchSize;
    this.#dModel = width.dModel;
    this.#dTarget = width.dTarget;
    this.#batch = this.#newBatch();
  }

  /** Copy a row; returns the batch that it completes, if it does. */
  push({ data, targets, slot, example, token }: Row): ActivationBatch | undefined {
    const batch = this.#batch;
    copyRow(data, slot, batch.acts, this.#filled, this.#dModel);
    if (batch.targets !== undefined && targets !== undefined) {
      copyRow(targets, slot, batch.targets, this.#filled, this.#dTarget!);
    }
    batch.exampleIndex[this.#filled] = example;
    batch.tokenIndex[this.#filled] = token;
    if (++this.#filled < this.#batchSize) return undefined;
    this.#batch = this.#newBatch();
    this.#filled = 0;
    return batch;
  }

  /** The rows of the last, incomplete batch; undefined where there are none. */
  rest(): ActivationBatch | undefined {
    const n = this.#filled;
    if (n === 0) return undefined;
    const { acts, targets, exampleIndex, tokenIndex } = this.#batch;
    return {
      acts: acts.slice(0, n * this.#dModel),
      ...(targets === undefined ? {} : { targets: targets.slice(0, n * this.#dTarget!) }),
      exampleIndex: exampleIndex.slice(0, n),
      tokenIndex: tokenIndex.slice(0, n),
    };
  }

  #newBatch(): ActivationBatch {
    const rows = this.#batchSize;
    const targets =
      this.#dTarget === undefined ? {} : { targets: new Float32Array(rows * this.#dTarget) };
    return {
      acts: new Float32Array(rows * this.#dModel),
      ...targets,
      exampleIndex: new Int32Array(rows),
      tokenIndex: new Int32Array(rows),
    };
  }
}

function copyRow(
  from: Float32Array,
  row: number,
  to: Float32Array,
  place: number,
  width: number,
): void {
  to.set(from.subarray(row * width, (row + 1) * width), place * width);
}
