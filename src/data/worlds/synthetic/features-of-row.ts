// Which features fire on a row, and how strongly: the law of SAELens' activation_generator.py and hierarchy/modifier.py,
// drawn so that nothing is spent on what stays silent.

import type { Random } from '../../../base/random.ts';
import { upperQuantile, upperTail } from './normal-distribution.ts';
import type { SyntheticWorld } from './world.ts';

/**
 * A feature fires where a normal number of its own is above a limit. Limits above this one are seldom exceeded: only the few
 * numbers that are above this one are drawn of them.
 */
export const RARE = 2;
const SHARE_ABOVE = upperTail(RARE);

/** Limits of the features without parents on one row. */
export interface Limits {
  /** Limit of the feature at place t of `tops`: `−values[at + t]`. */
  readonly values: Float32Array;
  readonly at: number;
  /** Places t whose limit is below `RARE`: `low[lowAt … lowAt + nLow − 1]`, ascending. */
  readonly low: Int32Array;
  readonly lowAt: number;
  readonly nLow: number;
}

/** The features that fire on one row, ascending, and their magnitudes; overwritten by the next row. */
export interface FiringFeatures {
  readonly count: number;
  readonly index: Int32Array;
  readonly value: Float64Array;
}

/** A world as rows are drawn from it. */
export interface FeatureDrawer {
  /** Features that fire without a parent, ascending. */
  readonly tops: Int32Array;
  /** Shared factors; 0: none. */
  readonly rank: number;
  /**
   * `limit_i = base_i − ⟨slope_i, ε⟩`: above it, a normal number makes feature i fire; float32 `[nFeatures]` and
   * `[nFeatures, rank]`.
   */
  readonly base: Float32Array;
  readonly slope: Float32Array;
  /** Draw the features of a row with factors `ε [rank]`. */
  draw(random: Random, factors: Float64Array, limits: Limits): FiringFeatures;
}

/** Prepare a world for drawing. */
export function featureDrawer(world: SyntheticWorld): FeatureDrawer {
  const { nFeatures: n } = world.law;
  const { forest, means, spreads } = world;
  const { parent, scaled, group } = forest;
  const { base, slope, rank } = limitsOf(world);
  const tops = Int32Array.from(Array.from(parent.keys()).filter((i) => parent[i]! < 0));
  const { start, child } = childrenOf(parent);
  const index = new Int32Array(n);
  const value = new Float64Array(n);
  const rivals = new Rivals();
  let count = 0;

  /** Let a feature fire, unless its magnitude comes out as nothing; it may still lose to a rival. */
  const fire = (random: Random, feature: number, factor: number): void => {
    const spread = spreads[feature]!;
    const magnitude = means[feature]! + (spread === 0 ? 0 : spread * random.normal());
    if (magnitude <= 0) return;
    const place = rivals.placeFor(random, group[feature]!, count);
    if (place < 0) return;
    index[place] = feature;
    value[place] = magnitude * factor;
    if (place === count) count++;
  };

  const limitOf = (feature: number, factors: Float64Array): number => {
    let limit = base[feature]!;
    const from = feature * rank;
    for (let k = 0; k < rank; k++) limit -= slope[from + k]! * factors[k]!;
    return limit;
  };

  const drawTops = (random: Random, { values, at, low, lowAt, nLow }: Limits): void => {
    for (let i = lowAt; i < lowAt + nLow; i++) {
      const t = low[i]!;
      if (exceeds(random.uint32() / WORDS, -values[at + t]!)) fire(random, tops[t]!, 1);
    }
    // Features whose numbers are above the rare limit are a geometric distance apart.
    for (let t = -1; ; ) {
      t += 1 + Math.floor(Math.log1p(-random.uint32() / WORDS) * STRIDE);
      if (t >= tops.length) return;
      const limit = -values[at + t]!;
      if (limit < RARE) continue;
      if (exceeds((random.uint32() / WORDS) * SHARE_ABOVE, limit)) fire(random, tops[t]!, 1);
    }
  };

  return {
    tops,
    rank,
    base,
    slope,
    draw(random, factors, limits) {
      count = 0;
      rivals.clear();
      drawTops(random, limits);
      // Children are put behind their parents, and their own children behind them.
      for (let p = 0; p < count; p++) {
        const feature = index[p]!;
        rivals.clear();
        for (let c = start[feature]!; c < start[feature + 1]!; c++) {
          const below = child[c]!;
          if (!exceeds(random.uint32() / WORDS, limitOf(below, factors))) continue;
          fire(random, below, scaled[below] === 1 ? value[p]! / means[feature]! : 1);
        }
      }
      sortByFeature(index, value, count);
      return { count, index, value };
    },
  };
}

/** Limits of all features, as a function of the shared factors. */
function limitsOf({
  law,
  probabilities,
  factors,
}: SyntheticWorld): Pick<FeatureDrawer, 'base' | 'slope' | 'rank'> {
  const base = Float32Array.from(probabilities, upperQuantile);
  if (factors === undefined) return { base, slope: new Float32Array(0), rank: 0 };
  const { rank, factor, own } = factors;
  const slope = new Float32Array(law.nFeatures * rank);
  for (let i = 0; i < law.nFeatures; i++) {
    const deviation = Math.sqrt(own[i]!);
    base[i]! /= deviation;
    for (let k = 0; k < rank; k++) slope[i * rank + k] = factor[i * rank + k]! / deviation;
  }
  return { base, slope, rank };
}

/** Children of each feature: `child[start[i] … start[i + 1] − 1]`. */
function childrenOf(parent: Int32Array): { start: Int32Array; child: Int32Array } {
  const n = parent.length;
  const start = new Int32Array(n + 1);
  for (const above of parent) if (above >= 0) start[above + 1]!++;
  for (let i = 0; i < n; i++) start[i + 1]! += start[i]!;
  const child = new Int32Array(start[n]!);
  const next = start.slice();
  parent.forEach((above, i) => {
    if (above >= 0) child[next[above]!++] = i;
  });
  return { start, child };
}

/** Siblings of which one may fire: each that would has the same chance. */
class Rivals {
  readonly #seen = new Map<number, { place: number; count: number }>();

  clear(): void {
    if (this.#seen.size > 0) this.#seen.clear();
  }

  /** Where the next feature of a group goes: `end`, the place of the one that it drives out, or −1 where it loses. */
  placeFor(random: Random, group: number, end: number): number {
    if (group < 0) return end;
    const seen = this.#seen.get(group);
    if (seen === undefined) {
      this.#seen.set(group, { place: end, count: 1 });
      return end;
    }
    seen.count++;
    return random.int(seen.count) === 0 ? seen.place : -1;
  }
}

/** Numbers from which uniform ones are made: 32 bits. */
const WORDS = 2 ** 32;
const STRIDE = 1 / Math.log1p(-SHARE_ABOVE);

/** Upper tails of limits from −EDGE to EDGE, GRID to one. */
const EDGE = 8;
const GRID = 64;
const TAILS = Float64Array.from({ length: 2 * EDGE * GRID + 2 }, (_, i) =>
  upperTail(i / GRID - EDGE),
);

/** Tell whether the normal number whose upper tail is `tail` is above `limit`: mostly by a look at a table. */
function exceeds(tail: number, limit: number): boolean {
  if (limit >= EDGE) return false;
  if (limit < -EDGE) return true;
  const i = Math.floor((limit + EDGE) * GRID);
  if (tail >= TAILS[i]!) return false;
  return tail < TAILS[i + 1]! || tail < upperTail(limit);
}

/** Sort the first entries by feature; there are few, and they are nearly in order. */
function sortByFeature(index: Int32Array, value: Float64Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const feature = index[i]!;
    const magnitude = value[i]!;
    let j = i - 1;
    for (; j >= 0 && index[j]! > feature; j--) {
      index[j + 1] = index[j]!;
      value[j + 1] = value[j]!;
    }
    index[j + 1] = feature;
    value[j + 1] = magnitude;
  }
}
