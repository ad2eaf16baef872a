// A synthetic world as settings name it: a folder, or a law whose defaults are those of SynthSAEBench-16k.
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { SYNTH_SAE_BENCH, type WorldLaw } from './law.ts';

const bench = SYNTH_SAE_BENCH;

/** Numbers of all directions together: 2 GiB of them. */
const MOST_NUMBERS = 2 ** 29;

/** Settings of a synthetic world. */
export const WorldConfig = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder of a world that 'saev synth make' or SAELens wrote, or hf-hub:decoderesearch/synth-sae-bench-16k-v2; what else is said of the world is then not looked at. Unset: a world is made.",
      ),
    nFeatures: z
      .int()
      .min(1)
      .max(2 ** 24)
      .default(bench.nFeatures)
      .describe('True features.'),
    dModel: z
      .int()
      .min(1)
      .max(2 ** 16)
      .default(bench.dModel)
      .describe('Width of a row.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 16)
      .default(bench.seed)
      .describe('Seed of the world and of its rows.'),
    maxProbability: z
      .number()
      .positive()
      .max(1)
      .default(0.4)
      .describe('How often the most frequent feature fires.'),
    minProbability: z
      .number()
      .positive()
      .max(1)
      .default(5e-4)
      .describe('How often the rarest feature fires.'),
    zipfExponent: z
      .number()
      .positive()
      .default(0.5)
      .describe('How fast frequencies fall from the one to the other: 1 / rank^exponent.'),
    roots: z
      .int()
      .min(0)
      .default(128)
      .describe('Trees of features, in which a child fires only with its parent; 0: none.'),
    branching: z.int().min(1).default(4).describe('Children of each parent.'),
    depth: z.int().min(1).max(100).default(3).describe('Generations below a root.'),
    exclusive: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Share of the parents of which at most one child fires at a time.'),
    compensate: z
      .boolean()
      .default(true)
      .describe('Raise probabilities for what parents and siblings take from them.'),
    scaleByParent: z
      .boolean()
      .default(true)
      .describe("Multiply the magnitude of a child by its parent's over the parent's mean."),
    rank: z
      .int()
      .min(0)
      .max(4096)
      .default(25)
      .describe('Factors that make features fire together; 0: none.'),
    correlation: z.number().min(0).default(0.1).describe('Size of those factors.'),
    orthogonalSteps: z
      .int()
      .min(0)
      .default(100)
      .describe('Steps of Adam that turn directions away from each other; 0: none.'),
    orthogonalRate: z.number().positive().default(3e-4).describe('Learning rate of those steps.'),
    meanStart: z
      .number()
      .positive()
      .default(5)
      .describe('Mean magnitude of the most frequent feature.'),
    meanEnd: z.number().positive().default(4).describe('Mean magnitude of the rarest feature.'),
    spreadMean: z
      .number()
      .min(0)
      .default(0.5)
      .describe('Spreads of magnitudes are folded normal numbers about this.'),
    spreadStd: z
      .number()
      .min(0)
      .default(0.5)
      .describe('How far they scatter; 0: all spreads are the same.'),
    bias: z.number().min(0).default(bench.bias).describe('Length of what is added to every row.'),
  })
  .describe(
    'A synthetic world: rows that are sparse sums of known directions, as in SynthSAEBench.',
  );
/** Resolved settings of a synthetic world. */
export type WorldConfig = z.output<typeof WorldConfig>;

/**
 * Say the law that settings mean.
 * @throws {UserError} for settings that no world can have.
 */
export function lawOf(config: WorldConfig): WorldLaw {
  const { nFeatures, dModel, maxProbability: max, minProbability: min } = config;
  if (nFeatures * dModel > MOST_NUMBERS) {
    throw new UserError(
      `invalid synthetic world: ${nFeatures} directions of ${dModel} numbers are more than 2 GiB`,
      { hint: 'lower nFeatures or dModel' },
    );
  }
  if (min > max) {
    throw new UserError(`invalid minProbability: ${min}, above a maxProbability of ${max}`);
  }
  const { roots, branching, depth, exclusive, compensate, scaleByParent } = config;
  const { rank, orthogonalSteps, spreadMean, spreadStd } = config;
  return {
    nFeatures,
    dModel,
    firing: { kind: 'zipfian', exponent: config.zipfExponent, max, min },
    forest:
      roots === 0
        ? undefined
        : { roots, branching, depth, exclusive, exclusiveFrom: 0, compensate, scaleByParent },
    correlation: rank === 0 ? undefined : { rank, scale: config.correlation },
    orthogonal:
      orthogonalSteps === 0 ? undefined : { steps: orthogonalSteps, rate: config.orthogonalRate },
    means: { kind: 'linear', start: config.meanStart, end: config.meanEnd },
    spreads:
      spreadStd === 0
        ? { kind: 'constant', value: spreadMean }
        : { kind: 'folded-normal', mean: spreadMean, std: spreadStd },
    bias: config.bias,
    seed: config.seed,
  };
}
