// What is minimised besides sparsity: the reconstruction from the whole code, or from prefixes of it.
import type { Random } from '../../../base/random.ts';
import { matryoshkaPrefixes } from './matryoshka.ts';

export type ObjectiveChoice =
  | { readonly kind: 'vanilla'; readonly sparsityCoeff: number }
  | { readonly kind: 'matryoshka'; readonly sparsityCoeff: number; readonly nPrefixes: number };

/** Ends of the prefixes that one step reconstructs from, ascending, the last one dSae. */
export function drawPrefixes(objective: ObjectiveChoice, dSae: number, random: Random): number[] {
  switch (objective.kind) {
    case 'vanilla':
      return [dSae];
    case 'matryoshka':
      return matryoshkaPrefixes(dSae, objective.nPrefixes, random);
  }
}

/** The most prefixes that `drawPrefixes` gives. */
export function maxPrefixes(objective: ObjectiveChoice, dSae: number): number {
  return objective.kind === 'vanilla' ? 1 : Math.min(objective.nPrefixes, dSae);
}
