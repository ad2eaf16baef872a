// NumPy's SeedSequence: a seed of any size spread over as many bits as a generator wants.
// numpy/random/bit_generator.pyx, after O'Neill's seed_seq ("Developing a seed_seq Alternative", 2015).

const POOL = 4;
const XSHIFT = 16;
const INIT_A = 0x43b0d7e5;
const MULT_A = 0x931e8875;
const INIT_B = 0x8b51f9dd;
const MULT_B = 0x58f38ded;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;

/** Give `count` 32-bit words for a whole number from 0 to 2⁵³ − 1, as `SeedSequence(seed).generate_state(count)` does. */
export function seedWords(seed: number, count: number): Uint32Array {
  const pool = mixedPool(wordsOf(seed));
  let constant = INIT_B;
  return Uint32Array.from({ length: count }, (_, i) => {
    const mixed = pool[i % POOL]! ^ constant;
    constant = Math.imul(constant, MULT_B);
    return folded(Math.imul(mixed, constant));
  });
}

/** The words of a whole number from 0 to 2⁵³ − 1, lowest first, without leading zeros. */
export function wordsOf(seed: number): number[] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed ${seed}: it must be a whole number from 0 to 2^53 - 1`);
  }
  const high = Math.floor(seed / 2 ** 32);
  return high === 0 ? [seed >>> 0] : [seed >>> 0, high];
}

function mixedPool(entropy: readonly number[]): Uint32Array {
  let constant = INIT_A;
  const hash = (value: number): number => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, MULT_A);
    return folded(Math.imul(mixed, constant));
  };
  const pool = Uint32Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) {
      if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
    }
  }
  return pool;
}

function mix(x: number, y: number): number {
  return folded(Math.imul(MIX_LEFT, x) - Math.imul(MIX_RIGHT, y));
}

function folded(value: number): number {
  const word = value >>> 0;
  return (word ^ (word >>> XSHIFT)) >>> 0;
}
