// The rows that each of some latents is highest on, and the concepts that they show: what purity is read from.
import type { CodedTokens } from './counts.ts';
import type { ConceptTruth } from './truth/truth.ts';

/** The highest rows so far. */
export interface TopRows {
  add(rows: CodedTokens, truth: ConceptTruth): void;
  /** Purity of a latent, and the precision of one concept among its highest rows. */
  of(latent: number, concept: number): { readonly purity: number; readonly precisionAtK: number };
}

interface Top {
  readonly value: number;
  /** Orders rows of equal value, which else would be those of the first examples. */
  readonly order: number;
  readonly present: readonly number[];
}

/** Multiplying by it scatters numbers over all of 32 bits (2³² divided by the golden ratio). */
const SCATTER = 0x9e3779b1;

/**
 * Keep the `k` highest rows of some latents. Purity at k is the largest share of these rows that have one and the same
 * concept, whichever it is, as saev's trait discovery has it; rows on which the latent does not fire show nothing,
 * and of rows of equal value some are taken as if at random.
 */
export function createTopRows(slotOf: Int32Array, nSlots: number, k: number): TopRows {
  const tops = Array.from({ length: nSlots }, (): Top[] => []);
  let nRows = 0;
  return {
    add({ codes, exampleIndex, tokenIndex }, truth) {
      const { rowStart, index, value } = codes;
      for (let row = 0; row + 1 < rowStart.length; row++) {
        const about = truth.of(exampleIndex[row]!, tokenIndex[row]!);
        if (about === undefined) continue;
        nRows++;
        const order = Math.imul(nRows, SCATTER) >>> 0;
        for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
          const slot = slotOf[index[p]!]!;
          if (slot < 0 || !(value[p]! > 0)) continue;
          const top = tops[slot]!;
          if (top.length === k && value[p]! < top[k - 1]!.value) continue;
          const isBelow = (each: Top): boolean =>
            each.value < value[p]! || (each.value === value[p]! && each.order > order);
          const at = top.findIndex(isBelow);
          const { present } = about;
          top.splice(at < 0 ? top.length : at, 0, { value: value[p]!, order, present });
          if (top.length > k) top.pop();
        }
      }
    },
    of(latent, concept) {
      const top = tops[slotOf[latent]!]!;
      const counts = new Map<number, number>();
      for (const { present } of top) {
        for (const c of present) counts.set(c, (counts.get(c) ?? 0) + 1);
      }
      const size = Math.max(1, Math.min(k, nRows));
      return {
        purity: Math.max(0, ...counts.values()) / size,
        precisionAtK: (counts.get(concept) ?? 0) / size,
      };
    },
  };
}
