import { describe, expect, test } from 'vitest';
import { latentsInRange, selectLatents } from './latent-choice.ts';

const sparsity = Float32Array.of(1e-7, 1e-5, 1e-3, 1e-3, 0.1, 0, 1e-4);
const meanValues = Float32Array.of(1, 1, 1, 50, 1, Number.NaN, 0.5);
const ranges = { logFreqRange: [-6, -2], logValueRange: [-1, 1] } as const;
const options = { ...ranges, includeLatents: [], nLatents: 10, seed: 1 };

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

  test.each([-1, 7, 1.5, Number.NaN])('included latent %s is refused', (latent) => {
    expect(() =>
      selectLatents(sparsity, meanValues, { ...options, includeLatents: [latent] }),
    ).toThrow(`invalid latent ${latent}`);
  });
});
