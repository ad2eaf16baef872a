// How well single latents tell known concepts: for each concept the best latent and its F1 over tokens.
import type { SparseRows } from '../compute/sparse-rows.ts';
import type { ConceptMatch } from '../pages/feature-page.ts';

/** Codes of some tokens, and which ones. */
export interface CodedTokens {
  readonly codes: SparseRows;
  readonly exampleIndex: ArrayLike<number>;
  readonly tokenIndex: ArrayLike<number>;
}

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
  const halves = [createCounts(options), createCounts(options)] as const;
  for await (const batch of read()) countBatch(batch, maxima, halves, options);
  const [choose, measure] = halves;
  return concepts.map(({ kind, name }, c) => {
    let best = { f1: -1, latent: 0, share: 0 };
    for (let share = 0; share < SHARES.length; share++) {
      for (let latent = 0; latent < dSae; latent++) {
        const { f1 } = choose.scores(c, latent, share);
        if (f1 > best.f1) best = { f1, latent, share };
      }
    }
    const measured = measure.scores(c, best.latent, best.share);
    const { latent, share } = best;
    return { kind, name, latent, threshold: SHARES[share]!, ...measured };
  });
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

interface Counts {
  readonly fired: Uint32Array;
  readonly hits: Uint32Array;
  readonly positives: Uint32Array;
  tokens: number;
  scores(
    concept: number,
    latent: number,
    share: number,
  ): { f1: number; precision: number; recall: number; positives: number; tokens: number };
}

function createCounts({ dSae, concepts }: ConceptOptions): Counts {
  const fired = new Uint32Array(SHARES.length * dSae);
  const hits = new Uint32Array(SHARES.length * concepts.length * dSae);
  const positives = new Uint32Array(concepts.length);
  const counts: Counts = {
    fired,
    hits,
    positives,
    tokens: 0,
    scores(concept, latent, share) {
      const yes = fired[share * dSae + latent]!;
      const hit = hits[(share * concepts.length + concept) * dSae + latent]!;
      const real = positives[concept]!;
      const precision = yes === 0 ? 0 : hit / yes;
      const recall = real === 0 ? 0 : hit / real;
      const f1 = hit === 0 ? 0 : (2 * hit) / (yes + real);
      return { f1, precision, recall, positives: real, tokens: counts.tokens };
    },
  };
  return counts;
}

/** Count where latents fire, where concepts are, and where both. */
function countBatch(
  { codes, exampleIndex, tokenIndex }: CodedTokens,
  maxima: Float32Array,
  halves: readonly [Counts, Counts],
  { dSae, concepts, nTokens, truth }: ConceptOptions,
): void {
  const present: number[] = [];
  let example = -1;
  let known: Uint8Array = new Uint8Array(0);
  for (let row = 0; row < codes.rowStart.length - 1; row++) {
    if (exampleIndex[row] !== example) {
      example = exampleIndex[row]!;
      known = truth(example);
    }
    const counts = halves[example % 2]!;
    counts.tokens++;
    present.length = 0;
    for (let c = 0; c < concepts.length; c++) {
      if (known[c * nTokens + tokenIndex[row]!] === 1) {
        present.push(c);
        counts.positives[c]!++;
      }
    }
    for (let p = codes.rowStart[row]!; p < codes.rowStart[row + 1]!; p++) {
      const latent = codes.index[p]!;
      const value = codes.value[p]!;
      for (let share = 0; share < SHARES.length; share++) {
        if (!(value > SHARES[share]! * maxima[latent]!)) break;
        counts.fired[share * dSae + latent]!++;
        for (const c of present) counts.hits[(share * concepts.length + c) * dSae + latent]!++;
      }
    }
  }
}
