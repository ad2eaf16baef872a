// A synthetic world: known directions, how often and how strongly each fires, and which fire together.
import { UserError } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { torchRandom } from '../../../base/python-random/torch-random.ts';
import { counted } from '../../../base/text.ts';
import { orthogonalize, toUnitRows } from './directions.ts';
import { compensated, type FeatureTree, type Forest, forestOf, growForest } from './forest.ts';
import type { WorldLaw } from './law.ts';
import { firingProbabilities, magnitudes } from './numbers-of-features.ts';

const log = logger('synthetic');

/** Gaussian factors that features share: `z_i = ⟨factor_i, ε⟩ + √own_i η_i`, of variance 1; a feature fires where it is large. */
export interface SharedFactors {
  readonly rank: number;
  /** float32 `[nFeatures, rank]` */
  readonly factor: Float32Array;
  /** What of the variance is a feature's own, float32 `[nFeatures]`. */
  readonly own: Float32Array;
}

/** Everything that rows are drawn from; plain arrays, so that threads can be given it. */
export interface SyntheticWorld {
  readonly law: WorldLaw;
  /** Unit vectors, float32 `[nFeatures, dModel]`. */
  readonly directions: Float32Array;
  /** Added to every row, float32 `[dModel]`. */
  readonly bias: Float32Array;
  /** How often each feature would fire without parents and rivals, float32 `[nFeatures]`. */
  readonly probabilities: Float32Array;
  /** Mean magnitude of each feature that fires, and the spread about it, float32 `[nFeatures]`. */
  readonly means: Float32Array;
  readonly spreads: Float32Array;
  readonly factors?: SharedFactors | undefined;
  readonly trees: readonly FeatureTree[];
  readonly forest: Forest;
}

/**
 * Make the world of a law. It is the world that SAELens 6.54 makes of the same settings on a CPU, up to rounding: random
 * numbers are those of PyTorch and Python for the law's seed.
 * @throws {UserError} for a law whose parents have no mean magnitude to scale their children by.
 */
export async function makeWorld(law: WorldLaw): Promise<SyntheticWorld> {
  const { nFeatures, dModel, orthogonal, seed } = law;
  const random = torchRandom(seed);
  const directions = toUnitRows(random.normal(nFeatures * dModel), dModel);
  const bias = law.bias === 0 ? new Float32Array(dModel) : random.normal(dModel);
  if (law.bias !== 0) {
    toUnitRows(bias, dModel);
    for (let j = 0; j < dModel; j++) bias[j]! *= law.bias;
  }
  if (orthogonal !== undefined) {
    if (nFeatures * dModel > 2 ** 22) {
      log.info(`turning ${counted(nFeatures, 'direction')} away from each other`);
    }
    await orthogonalize(directions, dModel, orthogonal);
  }
  const trees = law.forest === undefined ? [] : growForest(law.forest, nFeatures, seed + 3);
  return assembleWorld(law, { directions, bias, trees, factors: factorsOf(law) });
}

/**
 * Put a world together from its parts; what is not given is computed from the law.
 * @throws {UserError} for a law whose parents have no mean magnitude to scale their children by.
 */
export function assembleWorld(
  law: WorldLaw,
  parts: Pick<SyntheticWorld, 'directions' | 'bias' | 'trees' | 'factors'> & {
    readonly probabilities?: Float32Array | undefined;
  },
): SyntheticWorld {
  const { nFeatures, seed } = law;
  const { trees } = parts;
  const wished = firingProbabilities(law.firing, nFeatures, seed);
  const raised = law.forest?.compensate === true ? compensated(wished, trees) : wished;
  const world = {
    law,
    ...parts,
    probabilities: parts.probabilities ?? raised,
    spreads: magnitudes(law.spreads, nFeatures, seed + 1),
    means: magnitudes(law.means, nFeatures, seed + 2),
    forest: forestOf(trees, nFeatures),
  };
  const { parent, scaled } = world.forest;
  const bad = scaled.findIndex((isScaled, i) => isScaled === 1 && !(world.means[parent[i]!]! > 0));
  if (bad !== -1) {
    throw new UserError(
      `invalid synthetic world: feature ${parent[bad]} has a mean magnitude of ${world.means[parent[bad]!]}, and scales its children by it`,
      { hint: 'mean magnitudes of parents must be above 0' },
    );
  }
  return world;
}

/** Rows of which the factors would explain more than this are shortened. */
const MOST_SHARED = 0.99;

/** Draw the shared factors of a law (SAELens' correlation.py). */
function factorsOf({ correlation, nFeatures, seed }: WorldLaw): SharedFactors | undefined {
  if (correlation === undefined) return undefined;
  const { rank, scale } = correlation;
  const factor = torchRandom(seed + 4)
    .normal(nFeatures * rank)
    .map((x) => x * scale);
  const own = new Float32Array(nFeatures);
  let shortened = 0;
  for (let i = 0; i < nFeatures; i++) {
    const row = factor.subarray(i * rank, (i + 1) * rank);
    const shared = row.reduce((sum, x) => sum + x * x, 0);
    own[i] = 1 - Math.min(shared, MOST_SHARED);
    if (shared <= MOST_SHARED) continue;
    shortened++;
    for (let k = 0; k < rank; k++) row[k]! *= Math.sqrt(MOST_SHARED / shared);
  }
  if (shortened > 0) {
    log.warn(
      `${counted(shortened, 'feature')} of ${nFeatures} would be given by the others: their correlations are lowered`,
    );
  }
  return { rank, factor, own };
}
