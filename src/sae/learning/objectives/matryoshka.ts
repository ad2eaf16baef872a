// Matryoshka SAEs (Nabeshima 2024; Bussmann et al. 2025, arXiv 2503.17547): random prefixes of the code must
// reconstruct by themselves, so early latents learn broad features and late ones details.
import { z } from 'zod';
import type { Random } from '../../../base/random.ts';
import { objective } from './objective.ts';

export const matryoshka = objective({
  schema: z
    .strictObject({
      kind: z.literal('matryoshka'),
      nPrefixes: z
        .int()
        .min(1)
        .default(10)
        .describe('Prefixes of the code, of random length, that must reconstruct by themselves.'),
    })
    .describe('Mean reconstruction error over random prefixes of the code.'),
  prefixes: ({ nPrefixes }, dSae, random) => matryoshkaPrefixes(dSae, nPrefixes, random),
  maxPrefixes: ({ nPrefixes }, dSae) => Math.min(nPrefixes, dSae),
  ghostGrads: false,
});

/**
 * Draw `nPrefixes − 1` different lengths below dSae from a Pareto law, `P(length ≤ l) ∝ 1 − l^−½`, and add dSae.
 * The law and its power are saev's `sample_prefixes`; a length of 1 has probability 0 there, and here.
 */
export function matryoshkaPrefixes(dSae: number, nPrefixes: number, random: Random): number[] {
  // Lengths 2 … dSae − 1 are all there is to draw from.
  const wanted = Math.min(nPrefixes - 1, Math.max(0, dSae - 2));
  const lengths = new Set<number>();
  const longest = dSae - 1;
  // Drawing again what was drawn before is drawing without replacement; past half of all lengths it would take long.
  while (lengths.size < wanted && lengths.size * 2 < longest) {
    const u = random.float() * (1 - longest ** -0.5);
    lengths.add(Math.min(longest, Math.max(2, Math.ceil((1 - u) ** -2))));
  }
  if (lengths.size < wanted) drawTheRest(lengths, wanted, longest, random);
  return [...lengths].sort((a, b) => a - b).concat(dSae);
}

/** Weighted sampling without replacement by exponential clocks: the smallest `−ln(u)/weight` come first. */
function drawTheRest(lengths: Set<number>, wanted: number, longest: number, random: Random): void {
  const clocks: { length: number; time: number }[] = [];
  for (let length = 2; length <= longest; length++) {
    if (lengths.has(length)) continue;
    const weight = (length - 1) ** -0.5 - length ** -0.5;
    clocks.push({ length, time: -Math.log(1 - random.float()) / weight });
  }
  clocks.sort((a, b) => a.time - b.time);
  for (const { length } of clocks.slice(0, wanted - lengths.size)) lengths.add(length);
}
