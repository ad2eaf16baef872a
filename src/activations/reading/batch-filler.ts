// Collects rows into batches, one after the other or each at its place in a pass.
import type { ActivationBatch } from '../types.ts';

interface BatchFillerOptions {
  /** Rows in a batch. */
  readonly batchSize: number;
  readonly dModel: number;
  /** Length of what each row is to be reconstructed as; undefined where it is the row itself. */
  readonly dTarget?: number | undefined;
  /** Place of the first row. @default 0 */
  readonly first?: number;
  /** Place after the last row, where that is known: what is left for the last batch may be less than `batchSize`. */
  readonly end?: number;
  /** Full batches whose arrays are used again. */
  readonly spare?: ActivationBatch[];
}

/** Batches that come into being as rows need them, each with arrays of its own. */
export class BatchFiller {
  readonly #options: Required<Omit<BatchFillerOptions, 'dTarget'>> & { dTarget?: number };
  readonly #batches = new Map<number, ActivationBatch>();
  /** Place of the next row that is pushed. */
  #next: number;

  constructor(options: BatchFillerOptions) {
    this.#options = { first: 0, end: Number.POSITIVE_INFINITY, spare: [], ...options };
    this.#next = this.#options.first;
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
    const place = this.#next++;
    this.put(place, row, example, token);
    if (target !== undefined) this.putTarget(place, target);
    const isLast = (this.#next - this.#options.first) % this.#options.batchSize === 0;
    return isLast ? this.takeBefore(this.#next)[0] : undefined;
  }

  /** The rows that were pushed since the last batch was complete; undefined where there are none. */
  rest(): ActivationBatch | undefined {
    const [last] = this.#batches.values();
    if (last === undefined) return undefined;
    return sliceBatch(last, 0, (this.#next - this.#options.first) % this.#options.batchSize);
  }

  /** Copy a row to `place`. */
  put(place: number, row: Float32Array, example: number, token: number): void {
    const { batch, slot } = this.#at(place);
    batch.acts.set(row, slot * row.length);
    batch.exampleIndex[slot] = example;
    batch.tokenIndex[slot] = token;
  }

  /** Copy what the row at `place` is to be reconstructed as. */
  putTarget(place: number, row: Float32Array): void {
    const { batch, slot } = this.#at(place);
    batch.targets!.set(row, slot * row.length);
  }

  /** Take the batches of which every row stands before `place`, in order. */
  takeBefore(place: number): ActivationBatch[] {
    const { first, end, batchSize } = this.#options;
    const numbers = [...this.#batches.keys()]
      .filter((number) => Math.min(first + (number + 1) * batchSize, end) <= place)
      .sort((a, b) => a - b);
    return numbers.map((number) => {
      const batch = this.#batches.get(number)!;
      this.#batches.delete(number);
      return batch;
    });
  }

  #at(place: number): { batch: ActivationBatch; slot: number } {
    const { first, batchSize } = this.#options;
    const number = Math.floor((place - first) / batchSize);
    let batch = this.#batches.get(number);
    if (batch === undefined) {
      batch = this.#newBatch(number);
      this.#batches.set(number, batch);
    }
    return { batch, slot: place - first - number * batchSize };
  }

  #newBatch(number: number): ActivationBatch {
    const { first, end, batchSize, spare, dModel, dTarget } = this.#options;
    const rows = Math.min(batchSize, end - first - number * batchSize);
    if (rows === batchSize && spare.length > 0) return spare.pop()!;
    return {
      acts: new Float32Array(rows * dModel),
      ...(dTarget !== undefined && { targets: new Float32Array(rows * dTarget) }),
      exampleIndex: new Int32Array(rows),
      tokenIndex: new Int32Array(rows),
    };
  }
}

/** Copy the rows from `start` to before `end` into a batch of their own. */
export function sliceBatch(batch: ActivationBatch, start: number, end: number): ActivationBatch {
  const { acts, targets, exampleIndex, tokenIndex } = batch;
  const rows = exampleIndex.length;
  const slice = (values: Float32Array): Float32Array =>
    values.slice((start * values.length) / rows, (end * values.length) / rows);
  return {
    acts: slice(acts),
    ...(targets !== undefined && { targets: slice(targets) }),
    exampleIndex: exampleIndex.slice(start, end),
    tokenIndex: tokenIndex.slice(start, end),
  };
}

/** The memory of batches, to be handed from thread to thread. */
export function batchBuffers(batches: readonly ActivationBatch[]): ArrayBuffer[] {
  return batches.flatMap(({ acts, targets, exampleIndex, tokenIndex }) =>
    [acts, ...(targets === undefined ? [] : [targets]), exampleIndex, tokenIndex].map(
      ({ buffer }) => buffer as ArrayBuffer,
    ),
  );
}
