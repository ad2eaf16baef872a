import { describe, expect, test } from 'vitest';
import { latentsInRange, selectLatents } from './latent-choice.ts';

const sparsity = Float32Array.of(1e-7, 1e-5, 1e-3, 1e-3, 0.1, 0, 1e-4);
const meanValues = Float32Array.of(1, 1, 1, 50, 1, Number.NaN, 0.5);
const ranges = { logFreqRange: [-6, -2], logValueRange: [-1, 1] } as const;
const options = { ...ranges, includeLatents: [] as readonly number[], nLatents: 10, seed: 1 };

describe('selecting latents', () => {
  test('only latents with frequency and value strictly inside the ranges are taken', () => {
    expect(latentsInRange(sparsity, meanValues, ranges)).toEqual([1, 2, 6]);
    const edge = Float32Array.of(1e-2);
    expect(latentsInRange(edge, Float32Array.of(1), ranges)).toEqual([]);
  });

  test('included latents come first, in any range, and never twice', () => {
    const selected = selectLatents(sparsity, meanValues, {
      ...options,
      includeLatents: [5, 2, 5],
    });
    expect(selected.slice(0, 2)).toEqual([5, 2]);
    expect([...selected].sort()).toEqual([1, 2, 5, 6]);
  });

  test('the random choice repeats with its seed and is a different one with another', () => {
    const many = new Float32Array(500).fill(1e-3);
    const values = new Float32Array(500).fill(1);
    const choose = (seed: number): number[] =>
      selectLatents(many, values, { ...options, nLatents: 20, seed });
    expect(choose(3)).toHaveLength(20);
    expect(choose(3)).toEqual(choose(3));
    expect(choose(3)).not.toEqual(choose(4));
  });

  test('the choice is that of random.seed(seed); random.shuffle(latents) in Python', () => {
    const values = new Float32Array(500).fill(1);
    const choose = (count: number, step: number, change: Partial<typeof options>): number[] =>
      selectLatents(
        Float32Array.from({ length: count }, (_, i) => (i % step === 0 && step > 1 ? 0 : 1e-3)),
        values.subarray(0, count),
        { ...options, ...change },
      );
    const seven = [33, 25, 99, 84, 78, 81];
    expect(choose(100, 1, { seed: 7, nLatents: 6 })).toEqual(seven);
    expect(choose(500, 3, { seed: 42, nLatents: 8 })).toEqual([
      ...[296, 197, 473, 328, 400, 157, 17, 50],
    ]);
    // One that is drawn and included stands once, as one folder there.
    const included = { seed: 7, nLatents: 6, includeLatents: [3, 99] };
    expect(choose(100, 1, included)).toEqual([3, 99, 33, 25, 84, 78, 81]);
  });

  test.each([-1, 7, 1.5, Number.NaN])('included latent %s is refused', (latent) => {
    expect(() =>
      selectLatents(sparsity, meanValues, { ...options, includeLatents: [latent] }),
    ).toThrow(`invalid latent ${latent}`);
  });
});
