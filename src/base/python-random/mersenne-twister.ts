// Python's `random` module, as far as it shuffles and samples: the Mersenne Twister MT19937 (Matsumoto and Nishimura
// 1998), seeded and asked for numbers as CPython does it (Modules/_randommodule.c, Lib/random.py).
import { wordsOf } from './seed-sequence.ts';

const N = 624;
const M = 397;

/** Random choices as Python's `random.Random(seed)` makes them, one after the other. */
export interface PythonRandom {
  /** `randrange(n)`, for `n` from 1 to 2³². */
  below(n: number): number;
  /** `shuffle(items)`, in place; returns the same array. */
  shuffle<T extends { length: number; [i: number]: unknown }>(items: T): T;
  /** `sample(range(n), k)`: k different numbers below n. */
  sample(n: number, k: number): number[];
}

/**
 * Start Python's generator for a whole number from 0 to 2⁵³ − 1.
 * @throws {RangeError} for any other seed.
 */
export function pythonRandom(seed: number): PythonRandom {
  const word = mersenneTwister(stateOfArray(wordsOf(seed)));
  const below = (n: number): number => {
    const bits = 32 - Math.clz32(n);
    if (n === 2 ** 32) return word();
    for (;;) {
      const drawn = word() >>> (32 - bits);
      if (drawn < n) return drawn;
    }
  };
  return {
    below,
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const held = items[i];
        items[i] = items[j];
        items[j] = held;
      }
      return items;
    },
    sample: (n, k) => sampleBelow(below, n, k),
  };
}

/** Few of many are drawn until they differ; otherwise what is drawn leaves a pool. */
function sampleBelow(below: (n: number) => number, n: number, k: number): number[] {
  const ownSet = 21 + (k > 5 ? 4 ** Math.ceil(Math.log(3 * k) / Math.log(4)) : 0);
  if (n > ownSet) {
    const chosen = new Set<number>();
    while (chosen.size < k) chosen.add(below(n));
    return [...chosen];
  }
  const pool = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: k }, (_, i) => {
    const j = below(n - i);
    const drawn = pool[j]!;
    pool[j] = pool[n - i - 1]!;
    return drawn;
  });
}

/** Shuffle in place as `random.seed(seed); random.shuffle(items)` does, and return the same array. */
export function pythonShuffle<T extends { length: number; [i: number]: unknown }>(
  items: T,
  seed: number,
): T {
  return pythonRandom(seed).shuffle(items);
}

/** 32-bit words of MT19937 from a state of 624 words, which is used up. */
export function mersenneTwister(state: Uint32Array): () => number {
  let at = N;
  return () => {
    if (at === N) {
      advance(state);
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** State of MT19937 seeded by one word (`init_genrand`). */
export function stateOfWord(seed: number): Uint32Array {
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let i = 1; i < N; i++) {
    state[i] = Math.imul(1_812_433_253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  }
  return state;
}

/** State of MT19937 seeded by an array of words (`init_by_array`). */
function stateOfArray(key: readonly number[]): Uint32Array {
  const state = stateOfWord(19_650_218);
  const mixed = (i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
  let i = 1;
  const next = (): void => {
    i++;
    if (i < N) return;
    state[0] = state[N - 1]!;
    i = 1;
  };
  for (let k = 0; k < Math.max(N, key.length); k++) {
    const j = k % key.length;
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1_664_525)) + key[j]! + j;
    next();
  }
  for (let k = 1; k < N; k++) {
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1_566_083_941)) - i;
    next();
  }
  state[0] = 0x80000000;
  return state;
}

function advance(state: Uint32Array): void {
  for (let i = 0; i < N; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
    state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df);
  }
}
