// The order in which a live source gives its rows, as a plan that needs no data: which example is run next, which slot
// of the buffer each row goes to, and which slot is taken.
import { Random } from '../../base/random.ts';
import { counts, type RowFilter } from '../reading/row-filter.ts';

export class LiveOrder {
  /** Examples in the order they are run. */
  readonly examples: Uint32Array;
  readonly rowsPerExample: number;
  readonly buffer: MixingBuffer;
  readonly #filter: RowFilter | undefined;
  /** Example, and row within it, that stands in each slot. */
  readonly exampleAt: Int32Array;
  readonly rowAt: Int32Array;
  /** Examples put into the buffer by `replay`. */
  nReplayed = 0;

  constructor(options: {
    examples: Uint32Array;
    rowsPerExample: number;
    filter?: RowFilter | undefined;
    bufferExamples: number;
    seed: number;
  }) {
    const { examples, rowsPerExample, filter, bufferExamples, seed } = options;
    this.#filter = filter;
    this.examples = examples;
    this.rowsPerExample = rowsPerExample;
    const held = Math.max(1, Math.min(examples.length, bufferExamples));
    this.buffer = new MixingBuffer(held * rowsPerExample, new Random(seed, 'rows'));
    this.exampleAt = new Int32Array(this.buffer.capacity);
    this.rowAt = new Int32Array(this.buffer.capacity);
  }

  /** The buffer is half empty: time to fill it. */
  get needsFilling(): boolean {
    return this.buffer.size <= this.buffer.capacity / 2;
  }

  /** All rows of one more example fit. */
  get hasRoom(): boolean {
    return this.buffer.size + this.rowsPerExample <= this.buffer.capacity;
  }

  /** Put all rows that count of an example into the buffer; `put` is told the slot of each. */
  add(example: number, put?: (row: number, slot: number) => void): void {
    for (let row = 0; row < this.rowsPerExample; row++) {
      if (!counts(this.#filter, example, row)) continue;
      const slot = this.buffer.add();
      this.exampleAt[slot] = example;
      this.rowAt[slot] = row;
      put?.(row, slot);
    }
  }

  /** Go through the first `n` rows without their data. Returns false when there are no more than that. */
  replay(n: number): boolean {
    for (let i = 0; i < n; i++) {
      if (this.needsFilling) {
        while (this.hasRoom && this.nReplayed < this.examples.length) {
          this.add(this.examples[this.nReplayed++]!);
        }
      }
      if (this.buffer.size === 0) return false;
      this.buffer.take();
    }
    return true;
  }

  /** The slots in use, by example. */
  slotsByExample(): Map<number, number[]> {
    const slots = new Map<number, number[]>();
    for (const slot of this.buffer.used.sort()) {
      const example = this.exampleAt[slot]!;
      const list = slots.get(example);
      if (list === undefined) slots.set(example, [slot]);
      else list.push(slot);
    }
    return slots;
  }
}

export class MixingBuffer {
  readonly capacity: number;
  readonly #random: Random;
  /** Every slot once: those in use first, then the free ones. */
  readonly #slots: Uint32Array;
  #size = 0;

  constructor(capacity: number, random: Random) {
    this.capacity = capacity;
    this.#random = random;
    this.#slots = new Uint32Array(capacity);
    for (let i = 0; i < capacity; i++) this.#slots[i] = i;
  }

  /** Slots in use. */
  get size(): number {
    return this.#size;
  }

  /** The slots in use, in no particular order. */
  get used(): Uint32Array {
    return this.#slots.slice(0, this.#size);
  }

  /** Take a free slot into use and return it. */
  add(): number {
    if (this.#size === this.capacity) throw new RangeError('mixing buffer: full');
    return this.#slots[this.#size++]!;
  }

  /** Free a random slot and return it; it is not given again before the next `add`. */
  take(): number {
    if (this.#size === 0) throw new RangeError('mixing buffer: empty');
    const i = this.#random.int(this.#size);
    const slot = this.#slots[i]!;
    this.#slots[i] = this.#slots[--this.#size]!;
    this.#slots[this.#size] = slot;
    return slot;
  }
}
