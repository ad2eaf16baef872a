// How well one latent tells one concept, from counts in bins: F1 at a threshold, average precision and its curve.
import type { PairCounts } from './counts.ts';

/** What a latent says above a threshold, against the truth. */
export interface Decision {
  /** Bin from which on it says yes. */
  readonly bin: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

/** Score a latent that says yes from a bin on. Shares of nothing are 0. */
export function decideFrom(counts: PairCounts, bin: number): Decision {
  let [yes, hit] = [0, 0];
  for (let b = bin; b < counts.all.length; b++) {
    yes += counts.all[b]!;
    hit += counts.hits[b]!;
  }
  return { bin, ...ratios(yes, hit, counts.positives) };
}

/** Find the bin from which on F1 is best; of equal ones the lowest. */
export function bestDecision({ all, hits, positives }: PairCounts): Decision {
  let [yes, hit] = [0, 0];
  let best = { bin: 0, yes: 0, hit: 0, f1: -1 };
  for (let bin = all.length - 1; bin >= 0; bin--) {
    yes += all[bin]!;
    hit += hits[bin]!;
    const f1 = hit === 0 ? 0 : (2 * hit) / (yes + positives);
    if (f1 >= best.f1) best = { bin, yes, hit, f1 };
  }
  return { bin: best.bin, ...ratios(best.yes, best.hit, positives) };
}

function ratios(yes: number, hit: number, positives: number): Omit<Decision, 'bin'> {
  return {
    f1: hit === 0 ? 0 : (2 * hit) / (yes + positives),
    precision: yes === 0 ? 0 : hit / yes,
    recall: positives === 0 ? 0 : hit / positives,
  };
}

/** A point of a precision–recall curve. */
export type CurvePoint = readonly [recall: number, precision: number];

/** Rows of equal score, in the order in which a ranking takes them. */
interface Tie {
  readonly all: number;
  readonly hits: number;
  /** Whether they are of one bin, and so not really of equal value. */
  readonly isBin: boolean;
}

/** Which end of the values comes first: `high` for a latent that speaks for its concept, `low` for one against it. */
export type RankFrom = 'high' | 'low';

/**
 * Average precision of ranking rows by a latent's value, `Σ (Rₙ − Rₙ₋₁) Pₙ` over groups of equal score, as
 * scikit-learn's `average_precision_score` has it. Values of one bin count as equal; `error` bounds what that changes.
 * Rows on which the latent does not fire are one group: they are equal in truth.
 */
export function averagePrecision(
  counts: PairCounts,
  from: RankFrom = 'high',
): { ap: number; error: number } {
  const { positives } = counts;
  if (positives === 0) return { ap: 0, error: 0 };
  let [rank, hit, ap, least, most] = [0, 0, 0, 0, 0];
  for (const { all, hits, isBin } of ties(counts, from)) {
    const grouped = (hits * (hit + hits)) / (rank + all);
    ap += grouped;
    // Within a bin the rows with the concept may in truth come first, and be equal, or come last, one by one.
    const before = rank + all - hits;
    most += isBin ? (hits * (hit + hits)) / (rank + hits || 1) : grouped;
    least += isBin && before > 0 ? hits - (before - hit) * Math.log1p(hits / before) : grouped;
    rank += all;
    hit += hits;
  }
  return { ap: ap / positives, error: Math.max(most - ap, ap - least) / positives };
}

/** Points of the precision–recall curve, from the highest scores on; at most `most` of them. */
export function precisionRecall(
  counts: PairCounts,
  { from = 'high', most = 64 }: { from?: RankFrom; most?: number } = {},
): CurvePoint[] {
  const points: CurvePoint[] = [];
  if (counts.positives === 0) return points;
  let [rank, hit, last] = [0, 0, -1];
  const groups = [...ties(counts, from)];
  for (const [i, { all, hits }] of groups.entries()) {
    rank += all;
    hit += hits;
    const recall = hit / counts.positives;
    // Points of nearly the same recall say nothing new.
    if (recall - last < 1 / most && i < groups.length - 1) continue;
    points.push([recall, hit / rank]);
    last = recall;
  }
  return points;
}

function* ties(counts: PairCounts, from: RankFrom): Generator<Tie> {
  const { all, hits } = counts;
  const silent = silentRows(counts);
  if (from === 'low' && silent.all > 0) yield { ...silent, isBin: false };
  for (let i = 0; i < all.length; i++) {
    const bin = from === 'high' ? all.length - 1 - i : i;
    if (all[bin]! > 0) yield { all: all[bin]!, hits: hits[bin]!, isBin: true };
  }
  if (from === 'high' && silent.all > 0) yield { ...silent, isBin: false };
}

/** Rows on which a latent does not fire: all, and those with the concept. */
export function silentRows({ all, hits, rows, positives }: PairCounts): {
  all: number;
  hits: number;
} {
  let [fired, hit] = [0, 0];
  for (let bin = 0; bin < all.length; bin++) {
    fired += all[bin]!;
    hit += hits[bin]!;
  }
  return { all: rows - fired, hits: positives - hit };
}
