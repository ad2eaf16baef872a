// Trees of features, and what they mean for each feature. After SAELens' hierarchy package.
import { pythonRandom } from '../../../base/python-random/mersenne-twister.ts';
import type { ForestLaw } from './law.ts';

/** A feature and those that fire only where it does; without a feature, a knot that only holds others together. */
export interface FeatureTree {
  readonly feature?: number | undefined;
  readonly children: readonly FeatureTree[];
  /** Whether at most one child fires at a time. */
  readonly exclusive: boolean;
  /** Whether children are multiplied by how strongly this one fires, over its mean. */
  readonly scales: boolean;
}

/** A tree while it grows. */
interface Sapling extends FeatureTree {
  feature: number;
  children: Sapling[];
  exclusive: boolean;
}

/** Grow the trees of a law over the features from 0 on, generation by generation, until they are used up. */
export function growForest(law: ForestLaw, nFeatures: number, seed: number): FeatureTree[] {
  const { below, sample } = pythonRandom(seed);
  const { branching, scaleByParent, exclusiveFrom, exclusiveTo = law.depth } = law;
  let next = 0;
  const sprout = (count: number, scales: boolean): Sapling[] =>
    Array.from({ length: Math.min(count, nFeatures - next) }, () => {
      return { feature: next++, children: [], exclusive: false, scales };
    });
  const width = (): number => {
    if (typeof branching === 'number') return branching;
    const [least, most] = branching;
    return least + below(most - least + 1);
  };
  const roots = sprout(law.roots, scaleByParent);
  const able: Sapling[] = [];
  let generation = roots;
  for (let depth = 0; depth < law.depth; depth++) {
    // Leaves have nobody to scale.
    const scales = scaleByParent && depth + 1 < law.depth;
    for (const parent of generation) parent.children = sprout(width(), scales);
    if (depth >= exclusiveFrom && depth <= exclusiveTo) {
      able.push(...generation.filter(({ children }) => children.length > 1));
    }
    generation = generation.flatMap(({ children }) => children);
  }
  const nExclusive = Math.floor(able.length * law.exclusive);
  for (const i of sample(able.length, nExclusive)) able[i]!.exclusive = true;
  return roots;
}

/** What trees say of each feature, in arrays. */
export interface Forest {
  /** Feature that must fire, `[n]`; −1: none. */
  readonly parent: Int32Array;
  /** Whether the feature is multiplied by how strongly its parent fires, `[n]`. */
  readonly scaled: Uint8Array;
  /** Number of the siblings of which at most one fires, `[n]`; −1: none. */
  readonly group: Int32Array;
}

/** Lay trees out as arrays over `n` features. */
export function forestOf(roots: readonly FeatureTree[], n: number): Forest {
  const parent = new Int32Array(n).fill(-1);
  const group = new Int32Array(n).fill(-1);
  const scaled = new Uint8Array(n);
  let nGroups = 0;
  const visit = (tree: FeatureTree, above: number, scales: boolean): void => {
    const { feature, children } = tree;
    if (feature !== undefined) {
      parent[feature] = above;
      scaled[feature] = above >= 0 && scales ? 1 : 0;
    }
    const rivals = tree.exclusive ? children.flatMap((child) => child.feature ?? []) : [];
    if (rivals.length > 1) {
      for (const rival of rivals) group[rival] = nGroups;
      nGroups++;
    }
    for (const child of children) visit(child, feature ?? above, tree.scales);
  };
  for (const root of roots) visit(root, -1, false);
  return { parent, scaled, group };
}

/**
 * Raise probabilities for what trees take from them: a child's is divided by its parent's, and multiplied by one and the
 * number of rivals that may be expected beside it. At most 1, where they fall short of what was wished.
 */
export function compensated(
  probabilities: Float32Array,
  roots: readonly FeatureTree[],
): Float32Array {
  const raised = Float64Array.from(probabilities);
  const visit = (tree: FeatureTree, above: number): void => {
    const { feature, children } = tree;
    if (feature !== undefined && above > 0) raised[feature]! /= above;
    const own = feature === undefined ? above : probabilities[feature]!;
    for (const child of children) visit(child, own);
    const rivals = tree.exclusive ? children.flatMap((child) => child.feature ?? []) : [];
    if (rivals.length < 2 || own <= 0) return;
    const all = rivals.reduce((sum, rival) => sum + probabilities[rival]!, 0);
    for (const rival of rivals) {
      raised[rival]! *= 1 + Math.max(0, all - probabilities[rival]!) / own;
    }
  };
  for (const root of roots) visit(root, 1);
  return Float32Array.from(raised, (p) => Math.min(1, p));
}
