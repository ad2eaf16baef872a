// Counts of where latents fire, where concepts are, and where both: all that scores are computed from.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Bins } from './bins.ts';
import type { ConceptTruth } from './truth/truth.ts';

/** Codes of some rows, and which rows: tokens of examples, or examples as wholes (token −1). */
export interface CodedTokens {
  readonly codes: SparseRows;
  readonly exampleIndex: ArrayLike<number>;
  readonly tokenIndex: ArrayLike<number>;
}

/** Which latents are counted, and with which concepts. */
export interface Pairs {
  readonly nSlots: number;
  /** `[dSae]`: slot of a latent; −1 where it is not counted. */
  readonly slotOf: Int32Array;
  readonly nPairs: number;
  /** `[concepts, slots]`: number of a pair; −1 where it is not counted. */
  readonly pairOf: Int32Array;
}

/** Counts in bins of one latent on the rows that are known for one concept. */
export interface PairCounts {
  /** Rows on which it fires, and those of them with the concept; mean value of the latter and former. `[bins]` each. */
  readonly all: ArrayLike<number>;
  readonly hits: ArrayLike<number>;
  readonly means: ArrayLike<number>;
  /** All rows, and all with the concept, whether it fires or not. */
  readonly rows: number;
  readonly positives: number;
}

/** Counts that grow. */
export interface Counts {
  /** Count rows of the examples that are taken. */
  add(rows: CodedTokens, truth: ConceptTruth, takes?: (example: number) => boolean): void;
  /** Rows of a concept: all that are known, and those that show it. */
  totals(concept: number): { readonly rows: number; readonly positives: number };
  /** Counts of a pair, in arrays that the next call uses again; undefined for a pair that is not counted. */
  pair(concept: number, latent: number): PairCounts | undefined;
  /** Smallest value of a latent's bin. */
  edge(latent: number, bin: number): number;
}

/** Every latent with every concept. */
export function allPairs(dSae: number, nConcepts: number): Pairs {
  const number = (_: unknown, i: number): number => i;
  return {
    nSlots: dSae,
    slotOf: Int32Array.from({ length: dSae }, number),
    nPairs: dSae * nConcepts,
    pairOf: Int32Array.from({ length: dSae * nConcepts }, number),
  };
}

/** For each concept the latents that are named, and no others. */
export function chosenPairs(dSae: number, latents: readonly (readonly number[])[]): Pairs {
  const slotOf = new Int32Array(dSae).fill(-1);
  let nSlots = 0;
  for (const latent of latents.flat()) if (slotOf[latent] === -1) slotOf[latent] = nSlots++;
  const pairOf = new Int32Array(latents.length * nSlots).fill(-1);
  let nPairs = 0;
  latents.forEach((some, concept) => {
    for (const latent of some) {
      const at = concept * nSlots + slotOf[latent]!;
      if (pairOf[at] === -1) pairOf[at] = nPairs++;
    }
  });
  return { nSlots, slotOf, nPairs, pairOf };
}

/** What is to be taken off for rows on which a kind of concepts is unknown. */
interface Unknown {
  rows: number;
  readonly fired: Uint32Array;
}

/** Begin to count. Memory is 4 bytes a pair and bin, and 12 a slot and bin. */
export function createCounts(truth: ConceptTruth, pairs: Pairs, bins: Bins): Counts {
  const { concepts, kinds } = truth;
  const { nSlots, slotOf, nPairs, pairOf } = pairs;
  const { nBins } = bins;
  const fired = new Uint32Array(nSlots * nBins);
  const sums = new Float64Array(nSlots * nBins);
  const hits = new Uint32Array(nPairs * nBins);
  const positives = new Float64Array(concepts.length);
  const unknown = new Map<number, Unknown>();
  let rows = 0;
  const kindOf = concepts.map(({ kind }) => kinds.indexOf(kind));
  const known = new Float64Array(nBins);
  const means = new Float64Array(nBins);

  const lift = (slot: number, by: number): void => {
    liftBins(fired, slot, nBins, by);
    liftBins(sums, slot, nBins, by);
    for (const each of unknown.values()) liftBins(each.fired, slot, nBins, by);
    for (let c = 0; c < concepts.length; c++) {
      const pair = pairOf[c * nSlots + slot]!;
      if (pair >= 0) liftBins(hits, pair, nBins, by);
    }
  };
  const unknownOf = (kind: number): Unknown => {
    const found = unknown.get(kind) ?? { rows: 0, fired: new Uint32Array(nSlots * nBins) };
    unknown.set(kind, found);
    return found;
  };

  return {
    add({ codes, exampleIndex, tokenIndex }, about, takes = () => true) {
      const { rowStart, index, value } = codes;
      for (let row = 0; row + 1 < rowStart.length; row++) {
        const example = exampleIndex[row]!;
        if (!takes(example)) continue;
        const truthOfRow = about.of(example, tokenIndex[row]!);
        if (truthOfRow === undefined) continue;
        const { present } = truthOfRow;
        const gaps = truthOfRow.unknown.map(unknownOf);
        rows++;
        for (const gap of gaps) gap.rows++;
        for (const c of present) positives[c]!++;
        for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
          const slot = slotOf[index[p]!]!;
          if (slot < 0) continue;
          const bin = bins.place(slot, value[p]!, lift);
          if (bin < 0) continue;
          const at = slot * nBins + bin;
          fired[at]!++;
          sums[at]! += value[p]!;
          for (const gap of gaps) gap.fired[at]!++;
          for (const c of present) {
            const pair = pairOf[c * nSlots + slot]!;
            if (pair >= 0) hits[pair * nBins + bin]!++;
          }
        }
      }
    },
    totals: (concept) => ({
      rows: rows - (unknown.get(kindOf[concept]!)?.rows ?? 0),
      positives: positives[concept]!,
    }),
    pair(concept, latent) {
      const slot = slotOf[latent]!;
      const pair = slot < 0 ? -1 : pairOf[concept * nSlots + slot]!;
      if (pair < 0) return undefined;
      const gap = unknown.get(kindOf[concept]!);
      for (let bin = 0; bin < nBins; bin++) {
        const at = slot * nBins + bin;
        known[bin] = fired[at]! - (gap?.fired[at] ?? 0);
        means[bin] = fired[at] === 0 ? 0 : sums[at]! / fired[at]!;
      }
      return {
        all: known,
        hits: hits.subarray(pair * nBins, (pair + 1) * nBins),
        means,
        rows: rows - (gap?.rows ?? 0),
        positives: positives[concept]!,
      };
    },
    edge: (latent, bin) => bins.edge(slotOf[latent]!, bin),
  };
}

/** Move the counts of one slot down by some bins; the lowest takes what would fall off. */
function liftBins(
  counts: Uint32Array | Float64Array,
  slot: number,
  nBins: number,
  by: number,
): void {
  const start = slot * nBins;
  const moved = Math.min(by, nBins - 1);
  for (let bin = 1; bin <= moved; bin++) counts[start]! += counts[start + bin]!;
  counts.copyWithin(start + 1, start + 1 + moved, start + nBins);
  counts.fill(0, start + nBins - moved, start + nBins);
}
