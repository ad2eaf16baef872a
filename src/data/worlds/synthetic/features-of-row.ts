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
  const limit = new Float64Array(n);
  const rivals = new Rivals(group.reduce((most, each) => Math.max(most, each), -1) + 1);
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

  /** Compute the limits of the features that are listed as `child[from … end − 1]`, to the start of `limit`. */
  const setLimits = (from: number, end: number, factors: Float64Array): void => {
    let c = from;
    // Four sums at a time: each waits for its own last addition only.
    for (; c + 4 <= end; c += 4) {
      const [at0, at1] = [child[c]! * rank, child[c + 1]! * rank];
      const [at2, at3] = [child[c + 2]! * rank, child[c + 3]! * rank];
      let limit0 = base[child[c]!]!;
      let limit1 = base[child[c + 1]!]!;
      let limit2 = base[child[c + 2]!]!;
      let limit3 = base[child[c + 3]!]!;
      for (let k = 0; k < rank; k++) {
        const factor = factors[k]!;
        limit0 -= slope[at0 + k]! * factor;
        limit1 -= slope[at1 + k]! * factor;
        limit2 -= slope[at2 + k]! * factor;
        limit3 -= slope[at3 + k]! * factor;
      }
      limit[c - from] = limit0;
      limit[c - from + 1] = limit1;
      limit[c - from + 2] = limit2;
      limit[c - from + 3] = limit3;
    }
    for (; c < end; c++) {
      let one = base[child[c]!]!;
      const at = child[c]! * rank;
      for (let k = 0; k < rank; k++) one -= slope[at + k]! * factors[k]!;
      limit[c - from] = one;
    }
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
        const from = start[feature]!;
        const end = start[feature + 1]!;
        if (from === end) continue;
        rivals.clear();
        setLimits(from, end, factors);
        for (let c = from; c < end; c++) {
          const below = child[c]!;
          if (!exceeds(random.uint32() / WORDS, limit[c - from]!)) continue;
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
  /** `[groups]`: when a group was seen last, where its feature stands, and how many would have fired. */
  readonly #seen: Uint32Array;
  readonly #place: Int32Array;
  readonly #count: Int32Array;
  #now = 1;

  constructor(groups: number) {
    this.#seen = new Uint32Array(groups);
    this.#place = new Int32Array(groups);
    this.#count = new Int32Array(groups);
  }

  clear(): void {
    if (++this.#now < 2 ** 32) return;
    this.#seen.fill(0);
    this.#now = 1;
  }

  /** Where the next feature of a group goes: `end`, the place of the one that it drives out, or −1 where it loses. */
  placeFor(random: Random, group: number, end: number): number {
    if (group < 0) return end;
    if (this.#seen[group] !== this.#now) {
      this.#seen[group] = this.#now;
      this.#place[group] = end;
      this.#count[group] = 1;
      return end;
    }
    const count = ++this.#count[group]!;
    return random.int(count) === 0 ? this.#place[group]! : -1;
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
