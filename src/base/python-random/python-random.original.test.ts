import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pythonRandom, pythonShuffle } from './mersenne-twister.ts';
import { numpySample } from './numpy-permutation.ts';
import { Pcg64 } from './pcg64.ts';
import { seedWords } from './seed-sequence.ts';

interface Golden {
  readonly words: readonly { seed: number; words: number[] }[];
  readonly samples: readonly {
    seed: number;
    n: number;
    k: number;
    first: number[];
    last: number[];
    sha256: string;
  }[];
  readonly shuffles: readonly { seed: number; n: number; first: number[]; sha256: string }[];
}
const fixture = new URL('../../../fixtures/random/random.json', import.meta.url);
const golden = JSON.parse(readFileSync(fixture, 'utf8')) as Golden;

const sha256 = (numbers: Uint32Array): string =>
  createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex');
const counted = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

it.each(golden.words)('spreads the seed $seed as NumPy does', ({ seed, words }) => {
  expect([...seedWords(seed, 8)]).toEqual(words);
});

it.each(golden.samples)(
  'draws the rows of default_rng($seed).permutation($n)[:$k]',
  async ({ seed, n, k, first, last, sha256: expected }) => {
    const drawn = await numpySample(n, k, { seed });
    expect([...drawn.subarray(0, 8)]).toEqual(first);
    expect([...drawn.subarray(-8)]).toEqual(k === 0 ? [] : last);
    expect(sha256(drawn)).toBe(expected);
  },
);

it.each(golden.shuffles)(
  'shuffles $n items as random.seed($seed) has it',
  ({ seed, n, first, sha256: expected }) => {
    const shuffled = pythonShuffle(counted(n), seed);
    expect([...shuffled.subarray(0, 12)]).toEqual(first);
    expect(sha256(shuffled)).toBe(expected);
  },
);

it('finds without the numbers what a shuffle of them finds', async () => {
  const sizes = fc.nat(400).chain((n) => fc.tuple(fc.constant(n), fc.nat(n), fc.nat()));
  await fc.assert(
    fc.asyncProperty(sizes, async ([n, k, seed]) => {
      const order = counted(n);
      const random = new Pcg64(seed);
      for (let i = n - 1; i > 0; i--) {
        const j = random.upTo(i);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      expect(await numpySample(n, k, { seed })).toEqual(order.slice(0, k).sort());
    }),
  );
});

it('goes on from a position as if nothing had been drawn', () => {
  const random = new Pcg64(3);
  random.uint32();
  const position = random.save();
  const first = [1, 2, 3].map(() => random.uint32());
  random.restore(position);
  expect([1, 2, 3].map(() => random.uint32())).toEqual(first);
});

it('stops when it is interrupted', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(numpySample(100, 10, { seed: 1, signal })).rejects.toThrow('enough');
});

it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', async (seed) => {
  expect(() => pythonRandom(seed)).toThrow(RangeError);
  await expect(numpySample(3, 1, { seed })).rejects.toThrow(RangeError);
});

it.each([
  [2 ** 32, 1],
  [5, 6],
  [5, -1],
])('refuses %d rows of which %d are drawn', async (n, k) => {
  await expect(numpySample(n, k, { seed: 1 })).rejects.toThrow(RangeError);
});
