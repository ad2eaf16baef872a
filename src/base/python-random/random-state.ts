// NumPy's old generator, `numpy.random.RandomState`, as far as pandas samples rows with it.
import { mersenneTwister, stateOfWord } from './mersenne-twister.ts';

/** `numpy.random.RandomState(seed).permutation(count)`: what `sample(n, random_state=seed)` of pandas takes the first `n` of. */
export function randomStatePermutation(count: number, seed: number): Uint32Array {
  const word = mersenneTwister(stateOfWord(seed >>> 0));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j = (word() & mask) >>> 0;
    while (j > i) j = (word() & mask) >>> 0;
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
