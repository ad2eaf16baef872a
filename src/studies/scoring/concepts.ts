// How well single latents tell known concepts: for each concept the best latent and its F1 over tokens.
import type { ConceptMatch } from '../../pages/feature-page.ts';
import { shareBins } from './bins.ts';
import { allPairs, type CodedTokens, createCounts } from './counts.ts';
import { bestDecision, decideFrom } from './pair-scores.ts';
import { type ConceptTruth, kindsOf } from './truth/truth.ts';

/** The latent that tells a concept best, and how well. */
export interface ConceptScore {
  readonly kind: string;
  readonly name: string;
  readonly latent: number;
  /** The latent says yes where it is above this share of its own maximum. */
  readonly threshold: number;
  /** Measured on examples that took no part in the choice. */
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  /** Tokens with the concept, and all tokens, that it was measured on. */
  readonly positives: number;
  readonly tokens: number;
}

/** What there is to tell, and the truth about it. */
export interface ConceptOptions {
  readonly dSae: number;
  readonly concepts: readonly { readonly kind: string; readonly name: string }[];
  readonly nTokens: number;
  /** Truth about example `i`: `[nConcepts, nTokens]`, 0 or 1. */
  readonly truth: (example: number) => Uint8Array;
}

/** Shares of a latent's maximum that are tried as its threshold. */
const SHARES = [0, 0.1, 0.2, 0.35, 0.5] as const;

/**
 * Find for each concept the latent and the threshold with the best F1 on examples of even number, and measure it on
 * those of odd number. `read` gives the same codes each time it is called: once for the latents' maxima, once to count.
 * Memory is `O(nConcepts · dSae)`.
 */
export async function scoreConcepts(
  read: () => AsyncIterable<CodedTokens>,
  options: ConceptOptions,
): Promise<ConceptScore[]> {
  const { dSae, concepts } = options;
  const maxima = new Float32Array(dSae);
  for await (const { codes } of read()) {
    codes.value.forEach((value, p) => {
      const latent = codes.index[p]!;
      if (value > maxima[latent]!) maxima[latent] = value;
    });
  }
  const truth = truthOf(options);
  const pairs = allPairs(dSae, concepts.length);
  const bins = shareBins(maxima, SHARES);
  const choose = createCounts(truth, pairs, bins);
  const measure = createCounts(truth, pairs, bins);
  for await (const batch of read()) {
    choose.add(batch, truth, (example) => example % 2 === 0);
    measure.add(batch, truth, (example) => example % 2 === 1);
  }
  return concepts.map(({ kind, name }, c) => {
    let best = { f1: -1, bin: 0, latent: 0 };
    for (let latent = 0; latent < dSae; latent++) {
      const { f1, bin } = bestDecision(choose.pair(c, latent)!);
      if (f1 > best.f1 || (f1 === best.f1 && bin < best.bin)) best = { f1, bin, latent };
    }
    const { latent, bin } = best;
    const { f1, precision, recall } = decideFrom(measure.pair(c, latent)!, bin);
    const { rows: tokens, positives } = measure.totals(c);
    const threshold = SHARES[bin]!;
    return { kind, name, latent, threshold, f1, precision, recall, positives, tokens };
  });
}

/** The truth as tables of examples have it: read once for the rows of an example that follow one another. */
function truthOf({ concepts, nTokens, truth }: ConceptOptions): ConceptTruth {
  let last = -1;
  let known: Uint8Array = new Uint8Array(0);
  const present: number[] = [];
  const row = { present, unknown: [] };
  return {
    source: '',
    concepts,
    kinds: kindsOf(concepts),
    level: 'token',
    nExamples: Number.POSITIVE_INFINITY,
    of(example, token) {
      if (example !== last) known = truth(example);
      last = example;
      present.length = 0;
      for (let c = 0; c < concepts.length; c++) {
        if (known[c * nTokens + token] === 1) present.push(c);
      }
      return row;
    },
  };
}

/** Turn scores into what the feature page shows. */
export function conceptMatches(scores: readonly ConceptScore[]): ConceptMatch[] {
  return scores.map(({ kind, name, latent, f1, precision, recall }) => ({
    concept: `${kind}: ${name}`,
    latent,
    f1,
    precision,
    recall,
  }));
}
