import { expect, it } from 'vitest';
import { fixedPrefixes } from './matryoshka-fixed.ts';

it.each([
  [{ widths: [2, 5] }, [2, 5, 64]],
  [{ widths: [2, 64] }, [2, 64]],
  [{ fractions: [0.25, 0.25, 0.5] }, [16, 32, 64]],
  [{ fractions: [1 / 3, 1 / 3, 1 / 3] }, [21, 42, 64]],
  [{}, [2, 6, 14, 30, 64]],
])('ends prefixes of 64 latents where %j says', (options, ends) => {
  expect(fixedPrefixes(options, 64)).toEqual(ends);
});

it.each([
  [{ widths: [5, 5] }, 'invalid objective.widths: 5, 5: they do not ascend'],
  [{ widths: [5, 2] }, 'they do not ascend'],
  [{ widths: [5, 65] }, '65 is beyond the 64 latents'],
  [{ fractions: [0.5, 0.6] }, '0.5, 0.6 are 1.1 together, not 1'],
  [{ fractions: [0.001, 0.999] }, 'a group of the 64 latents is empty'],
  [{ widths: [5], fractions: [1] }, 'both widths and fractions'],
])('refuses %j', (options, message) => {
  expect(() => fixedPrefixes(options, 64)).toThrow(message);
});
