// The law of a world as SAELens writes it: synthetic_model_config.json (synthetic_model.py and the files beside it).
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import type { FiringLaw, ForestLaw, MagnitudeLaw, WorldLaw } from './law.ts';

const width = z
  .int()
  .min(1)
  .max(2 ** 26);
const probability = z.number().min(0).max(1);
const count = z.int().min(0);

const Firing = z.discriminatedUnion('generator_name', [
  z.strictObject({
    generator_name: z.literal('zipfian'),
    exponent: z.number().positive(),
    max_prob: probability,
    min_prob: probability,
  }),
  z.strictObject({
    generator_name: z.literal('linear'),
    max_prob: probability,
    min_prob: probability,
  }),
  z.strictObject({
    generator_name: z.literal('random'),
    max_prob: probability,
    min_prob: probability,
  }),
  z.strictObject({ generator_name: z.literal('constant'), probability }),
]);

const Magnitudes = z.union([
  z.number(),
  z.discriminatedUnion('generator_name', [
    z.strictObject({ generator_name: z.literal('constant'), value: z.number() }),
    z.strictObject({ generator_name: z.literal('linear'), start: z.number(), end: z.number() }),
    z.strictObject({
      generator_name: z.literal('exponential'),
      start: z.number().positive(),
      end: z.number().positive(),
    }),
    z.strictObject({
      generator_name: z.literal('folded_normal'),
      mean: z.number(),
      std: z.number(),
      min_value: z.number().nullish(),
      max_value: z.number().nullish(),
    }),
  ]),
]);

const Hierarchy = z.strictObject({
  total_root_nodes: z.int().min(1),
  branching_factor: z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]),
  max_depth: z.int().min(1),
  mutually_exclusive_portion: probability.default(0),
  mutually_exclusive_min_depth: count.default(0),
  mutually_exclusive_max_depth: count.nullish(),
  compensate_probabilities: z.boolean().default(false),
  // The first version of the published benchmark was written without it.
  scale_children_by_parent: z.boolean().default(false),
});

/** The file, with every key that SAELens 6.35 to 6.54 writes; another one is of a version that means more by it. */
const SaelensConfig = z.strictObject({
  num_features: width,
  hidden_dim: width,
  firing_probability: Firing,
  hierarchy: Hierarchy.nullish(),
  orthogonalization: z
    .strictObject({ num_steps: count, lr: z.number().positive(), chunk_size: z.int().optional() })
    .nullish(),
  correlation: z
    .strictObject({
      rank: z.int().min(1),
      correlation_scale: z.number().min(0),
      seed: z.int().nullish(),
    })
    .nullish(),
  std_firing_magnitudes: Magnitudes.default(0),
  mean_firing_magnitudes: Magnitudes.default(1),
  bias: z.union([z.boolean(), z.number()]).default(1),
  dtype: z.literal('float32').default('float32'),
  seed: z.int().nullish(),
});

type SaelensConfig = z.output<typeof SaelensConfig>;

/** A law as a file of SAELens says it, and whether the file names a seed. */
export interface SaidLaw {
  readonly law: WorldLaw;
  readonly hasSeed: boolean;
}

/**
 * Read the law of a world from what stands in SAELens' file at `path`.
 * @throws {UserError} for what is not such a law, or of a version that knows more settings.
 */
export function parseSaelensLaw(value: unknown, path: string): SaidLaw {
  const result = SaelensConfig.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const key = issue.path.join('.') || 'the file';
    throw new UserError(`unsupported synthetic model: ${key} in '${path}': ${issue.message}`, {
      hint: 'models of SAELens 6.35 to 6.54 can be read, SynthSAEBench-16k v1 and v2 among them',
    });
  }
  const config = result.data;
  const { seed, bias, correlation, orthogonalization } = config;
  const law = {
    nFeatures: config.num_features,
    dModel: config.hidden_dim,
    firing: firingOf(config.firing_probability),
    forest: config.hierarchy ? forestOf(config.hierarchy) : undefined,
    correlation: correlation
      ? { rank: correlation.rank, scale: correlation.correlation_scale }
      : undefined,
    orthogonal: orthogonalization
      ? { steps: orthogonalization.num_steps, rate: orthogonalization.lr }
      : undefined,
    means: magnitudesOf(config.mean_firing_magnitudes),
    spreads: magnitudesOf(config.std_firing_magnitudes),
    bias: Number(bias),
    seed: seed ?? 0,
  };
  return { law, hasSeed: seed !== null && seed !== undefined };
}

function firingOf(said: SaelensConfig['firing_probability']): FiringLaw {
  if (said.generator_name === 'constant')
    return { kind: 'constant', probability: said.probability };
  const { max_prob: max, min_prob: min } = said;
  if (said.generator_name !== 'zipfian') return { kind: said.generator_name, max, min };
  return { kind: 'zipfian', exponent: said.exponent, max, min };
}

function magnitudesOf(said: SaelensConfig['mean_firing_magnitudes']): MagnitudeLaw {
  if (typeof said === 'number') return { kind: 'constant', value: said };
  if (said.generator_name === 'constant') return { kind: 'constant', value: said.value };
  if (said.generator_name !== 'folded_normal') {
    return { kind: said.generator_name, start: said.start, end: said.end };
  }
  const { mean, std, min_value: min, max_value: max } = said;
  return { kind: 'folded-normal', mean, std, min: min ?? undefined, max: max ?? undefined };
}

function forestOf(said: z.output<typeof Hierarchy>): ForestLaw {
  return {
    roots: said.total_root_nodes,
    branching: said.branching_factor,
    depth: said.max_depth,
    exclusive: said.mutually_exclusive_portion,
    exclusiveFrom: said.mutually_exclusive_min_depth,
    exclusiveTo: said.mutually_exclusive_max_depth ?? undefined,
    compensate: said.compensate_probabilities,
    scaleByParent: said.scale_children_by_parent,
  };
}

/** Say a law as SAELens does. */
export function saelensLaw(law: WorldLaw): z.input<typeof SaelensConfig> {
  const { forest, correlation, orthogonal } = law;
  return {
    num_features: law.nFeatures,
    hidden_dim: law.dModel,
    firing_probability: saidFiring(law.firing),
    hierarchy:
      forest === undefined
        ? null
        : {
            total_root_nodes: forest.roots,
            branching_factor:
              typeof forest.branching === 'number' ? forest.branching : [...forest.branching],
            max_depth: forest.depth,
            mutually_exclusive_portion: forest.exclusive,
            mutually_exclusive_min_depth: forest.exclusiveFrom,
            mutually_exclusive_max_depth: forest.exclusiveTo ?? null,
            compensate_probabilities: forest.compensate,
            scale_children_by_parent: forest.scaleByParent,
          },
    orthogonalization:
      orthogonal === undefined
        ? null
        : { num_steps: orthogonal.steps, lr: orthogonal.rate, chunk_size: 1024 },
    correlation:
      correlation === undefined
        ? null
        : { rank: correlation.rank, correlation_scale: correlation.scale, seed: null },
    std_firing_magnitudes: saidMagnitudes(law.spreads),
    mean_firing_magnitudes: saidMagnitudes(law.means),
    bias: law.bias,
    dtype: 'float32',
    seed: law.seed,
  };
}

function saidFiring(law: FiringLaw): SaelensConfig['firing_probability'] {
  if (law.kind === 'constant') return { generator_name: 'constant', probability: law.probability };
  const bounds = { max_prob: law.max, min_prob: law.min };
  if (law.kind !== 'zipfian') return { generator_name: law.kind, ...bounds };
  return { generator_name: 'zipfian', exponent: law.exponent, ...bounds };
}

function saidMagnitudes(law: MagnitudeLaw): SaelensConfig['mean_firing_magnitudes'] {
  if (law.kind === 'constant') return law.value;
  if (law.kind !== 'folded-normal') {
    return { generator_name: law.kind, start: law.start, end: law.end };
  }
  const { mean, std, min = null, max = null } = law;
  return { generator_name: 'folded_normal', mean, std, min_value: min, max_value: max };
}
