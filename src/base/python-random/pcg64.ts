// PCG64, the generator behind NumPy's `default_rng`: a 128-bit linear congruential generator whose state is folded to
// 64 bits (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms", 2014).
import { seedWords } from './seed-sequence.ts';

/** A number of 128 bits, its words lowest first. */
type Words = readonly [number, number, number, number];

/** Where a generator stands: words of its state, lowest first, and the upper half of an output that was used by half. */
export type Pcg64Position = readonly [number, number, number, number, number | undefined];

/** The multiplier's words, lowest first. */
const M0 = 0x9fccf645;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;

/** What one bit of a word is worth in the next one. */
const WORD = 2 ** -32;

/** Random 32-bit words as NumPy's `PCG64(seed)` gives them. */
export class Pcg64 {
  /** Words of the state, lowest first. */
  readonly #state = new Uint32Array(4);
  readonly #increment: Words;
  #spare: number | undefined;

  constructor(seed: number) {
    // Four 64-bit words, their lower halves first: upper and lower half of the state, then of the increment.
    const w = seedWords(seed, 8);
    this.#increment = [
      ((w[6]! << 1) | 1) >>> 0,
      ((w[7]! << 1) | (w[6]! >>> 31)) >>> 0,
      ((w[4]! << 1) | (w[7]! >>> 31)) >>> 0,
      ((w[5]! << 1) | (w[4]! >>> 31)) >>> 0,
    ];
    this.#state.set(added(this.#increment, [w[2]!, w[3]!, w[0]!, w[1]!]));
    this.#step();
  }

  /** The next 32 random bits: the lower half of an output, then its upper half. */
  uint32(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    this.#step();
    const state = this.#state;
    const low = state[0]! ^ state[2]!;
    const high = state[1]! ^ state[3]!;
    // Rotated right by the state's highest six bits.
    const turn = state[3]! >>> 26;
    const near = turn < 32 ? low : high;
    const far = turn < 32 ? high : low;
    const by = turn & 31;
    this.#spare = by === 0 ? far >>> 0 : ((far >>> by) | (near << (32 - by))) >>> 0;
    return by === 0 ? near >>> 0 : ((near >>> by) | (far << (32 - by))) >>> 0;
  }

  /** A random whole number from 0 to `highest`, below 2³², as NumPy's shuffle draws it: low bits until they fit. */
  upTo(highest: number): number {
    if (highest === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(highest);
    for (;;) {
      const drawn = (this.uint32() & mask) >>> 0;
      if (drawn <= highest) return drawn;
    }
  }

  save(): Pcg64Position {
    const [a, b, c, d] = this.#state as unknown as Words;
    return [a, b, c, d, this.#spare];
  }

  restore([a, b, c, d, spare]: Pcg64Position): void {
    this.#state.set([a, b, c, d]);
    this.#spare = spare;
  }

  /** state = state · multiplier + increment, modulo 2¹²⁸. In the inner loop of long samples, so written out. */
  #step(): void {
    const state = this.#state;
    const a = state[0]!;
    const b = state[1]!;
    const c = state[2]!;
    const [i0, i1, i2, i3] = this.#increment;
    // Sums of words stay below 2⁵³; the array keeps their lower 32 bits.
    const first = lowWord(a, M0) + i0;
    const second =
      Math.floor(first * WORD) + highWord(a, M0) + lowWord(a, M1) + lowWord(b, M0) + i1;
    const third =
      Math.floor(second * WORD) +
      (highWord(a, M1) + highWord(b, M0)) +
      (lowWord(a, M2) + lowWord(b, M1) + lowWord(c, M0)) +
      i2;
    const fourth =
      Math.floor(third * WORD) +
      (highWord(a, M2) + highWord(b, M1) + highWord(c, M0)) +
      (lowWord(a, M3) + lowWord(b, M2) + lowWord(c, M1) + lowWord(state[3]!, M0)) +
      i3;
    state[0] = first;
    state[1] = second;
    state[2] = third;
    state[3] = fourth;
  }
}

/** Lower 32 bits of a product of 32-bit words. */
function lowWord(x: number, y: number): number {
  return Math.imul(x, y) >>> 0;
}

/** Upper 32 bits of a product of 32-bit words. */
function highWord(x: number, y: number): number {
  const middle = x * (y >>> 16) + Math.floor(x * (y & 0xffff) * 2 ** -16);
  return Math.floor(middle * 2 ** -16);
}

function added(x: Words, y: Words): Words {
  const sum = [0, 0, 0, 0] as [number, number, number, number];
  let carry = 0;
  for (let i = 0; i < 4; i++) {
    carry += x[i]! + y[i]!;
    sum[i] = carry >>> 0;
    carry = Math.floor(carry * WORD);
  }
  return sum;
}
