// Slots of a buffer from which rows are taken at random. It holds no rows, only says which slot is whose turn, so
// that a pass can be replayed without its data.
import type { Random } from '../../base/random.ts';

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
    if (this.#size === this.capacity) throw new Error('mixing buffer: full');
    return this.#slots[this.#size++]!;
  }

  /** Free a random slot and return it; it is not given again before the next `add`. */
  take(): number {
    if (this.#size === 0) throw new Error('mixing buffer: empty');
    const i = this.#random.int(this.#size);
    const slot = this.#slots[i]!;
    this.#slots[i] = this.#slots[--this.#size]!;
    this.#slots[this.#size] = slot;
    return slot;
  }
}
