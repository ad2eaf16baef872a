// How well latents tell the classes of patches, counted in one pass: F1 of "its code is above a threshold".
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import type { Labels } from '../../labels/labels.ts';
import { shareBins } from '../../scoring/bins.ts';
import { allPairs, type CodedTokens, createCounts } from '../../scoring/counts.ts';
import { bestDecision } from '../../scoring/pair-scores.ts';
import type { ConceptTruth } from '../../scoring/truth/truth.ts';

/** A latent and how well it tells one class. */
export interface FeatureScore {
  readonly latent: number;
  /** It says yes where its code is above this. */
  readonly threshold: number;
  /** Patches of the class that it says yes to, other patches that it says yes to, patches of the class that it misses. */
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly precision: number;
  readonly recall: number;
  /** `2 tp / (2 tp + fp + fn)`; 0 where there is nothing to count. */
  readonly f1: number;
}

/** Counts that grow with the rows that are added. */
export interface LabelCounts {
  /** Count rows; those without a known class are left out. */
  add(rows: CodedTokens): void;
  /** Patches of a class that have been counted. */
  positives(classNumber: number): number;
  /** Patches that have been counted. */
  readonly rows: number;
  /** The latents with the best F1 for a class, each at its best threshold, best first; of equals the lower number. */
  top(classNumber: number, k: number, isAllowed?: (latent: number) => boolean): FeatureScore[];
}

/** What is counted. */
export interface LabelCountOptions {
  readonly dSae: number;
  readonly labels: Labels;
  /** Numbers of the classes to tell; patches of others are negatives. */
  readonly classes: readonly number[];
  /** Codes above each of these say yes; ascending. */
  readonly thresholds: readonly number[];
}

/** Begin to count. Memory is 4 bytes for each class, latent and threshold. */
export function createLabelCounts(options: LabelCountOptions): LabelCounts {
  const { dSae, labels, classes } = options;
  // Codes are float32, and are compared with what a threshold is in float32.
  const thresholds = options.thresholds.map(Math.fround);
  const truth = truthOf(labels, classes);
  const pairs = allPairs(dSae, classes.length);
  const bins = shareBins(new Float32Array(dSae).fill(1), thresholds);
  const counts = createCounts(truth, pairs, bins);
  const conceptOf = (classNumber: number): number => {
    const concept = classes.indexOf(classNumber);
    if (concept < 0) throw new RangeError(`class ${classNumber} is not counted`);
    return concept;
  };
  const score = (concept: number, latent: number): FeatureScore => {
    const pair = counts.pair(concept, latent)!;
    const { bin, ...scores } = bestDecision(pair);
    let [yes, tp] = [0, 0];
    for (let b = bin; b < bins.nBins; b++) {
      yes += pair.all[b]!;
      tp += pair.hits[b]!;
    }
    const threshold = options.thresholds[bin]!;
    return { latent, threshold, tp, fp: yes - tp, fn: pair.positives - tp, ...scores };
  };
  return {
    add: (rows) => counts.add(rows, truth),
    positives: (classNumber) => counts.totals(conceptOf(classNumber)).positives,
    get rows() {
      return counts.totals(0).rows;
    },
    top(classNumber, k, isAllowed = () => true) {
      const concept = conceptOf(classNumber);
      const best: FeatureScore[] = [];
      for (let latent = 0; latent < dSae; latent++) {
        if (!isAllowed(latent)) continue;
        const found = score(concept, latent);
        if (best.length === k && !(found.f1 > best[k - 1]!.f1)) continue;
        const at = best.findIndex(({ f1 }) => found.f1 > f1);
        best.splice(at < 0 ? best.length : at, 0, found);
        if (best.length > k) best.pop();
      }
      return best;
    },
  };
}

/** How often latents fire and how far, over all rows: what tells frequent latents and the size of edits. */
export interface FiringCounts {
  add(codes: SparseRows): void;
  /** Share of rows on which each latent fires, `[dSae]`. */
  sparsity(): Float32Array;
  /** Largest code of each latent, `[dSae]`; 0 where it never fires. */
  readonly maxima: Float32Array;
}

/** Begin to count where latents fire. */
export function createFiringCounts(dSae: number): FiringCounts {
  const fired = new Uint32Array(dSae);
  const maxima = new Float32Array(dSae);
  let rows = 0;
  return {
    maxima,
    add({ rowStart, index, value }) {
      rows += rowStart.length - 1;
      for (let p = 0; p < index.length; p++) {
        const latent = index[p]!;
        if (!(value[p]! > 0)) continue;
        fired[latent]!++;
        if (value[p]! > maxima[latent]!) maxima[latent] = value[p]!;
      }
    },
    sparsity: () => Float32Array.from(fired, (count) => (rows === 0 ? 0 : count / rows)),
  };
}

function truthOf(labels: Labels, classes: readonly number[]): ConceptTruth {
  const kind = 'class';
  const shown = new Map(
    classes.map((number, concept) => [number, { present: [concept], unknown: [] }]),
  );
  const none = { present: [], unknown: [] };
  return {
    source: 'segmentation maps',
    concepts: classes.map((number) => ({ kind, name: labels.classes[number] ?? String(number) })),
    kinds: [kind],
    level: 'token',
    nExamples: labels.nExamples,
    of(example, token) {
      const number = labels.classOf(example, token);
      return number < 0 ? undefined : (shown.get(number) ?? none);
    },
  };
}
