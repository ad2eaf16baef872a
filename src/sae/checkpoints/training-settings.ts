// What a coder's metadata says of the settings of its training, under whichever program's names.
import { AUX_RULES, type AuxOptions, type AuxRuleName } from '../learning/auxk.ts';

/** Settings that headers have fields for; undefined where nothing tells. */
export interface TrainingSettings {
  readonly sparsityCoeff: number | undefined;
  readonly nReinitSamples: number | undefined;
  readonly ghostGrads: boolean | undefined;
  readonly removeParallelGrads: boolean | undefined;
  readonly normalizeWDec: boolean | undefined;
  /** Of the initial weights. */
  readonly seed: number | undefined;
  /** How dead latents explained what the others left over: not at all, or by whose numbers. */
  readonly aux: 'none' | AuxOptions | undefined;
  /** Share of a step in the running mean of a batchtopk's threshold. */
  readonly momentum: number | undefined;
}

/**
 * Find the settings of a training: in a run's own settings (`trainConfig`), in the header of a first saev, in the payload
 * of a later one, or in transcoder-circuits' fields.
 */
export function trainingSettings(metadata: Readonly<Record<string, unknown>>): TrainingSettings {
  const number = first('number', metadata);
  const flag = first('boolean', metadata);
  return {
    sparsityCoeff: number(
      'trainConfig.objective.sparsityCoeff',
      'sparsity_coeff',
      'activation.params.sparsity.params.coeff',
      'activation.params.sparsity.coeff',
      'l1_coefficient',
    ),
    nReinitSamples: number('trainConfig.sae.nReinitSamples', 'n_reinit_samples'),
    ghostGrads: flag('trainConfig.sae.ghostGrads', 'ghost_grads', 'use_ghost_grads'),
    removeParallelGrads: flag('trainConfig.sae.removeParallelGrads', 'remove_parallel_grads'),
    normalizeWDec: flag('trainConfig.sae.normalizeWDec', 'normalize_w_dec'),
    seed: number('trainConfig.sae.seed', 'seed'),
    aux: auxOf(metadata),
    momentum: number('trainConfig.sae.thresholdShare', 'activation.params.momentum'),
  };
}

/** What a run's own settings say of AuxK. */
function auxOf(metadata: Readonly<Record<string, unknown>>): TrainingSettings['aux'] {
  const rule = at(metadata, 'trainConfig.aux');
  if (rule === 'none') return 'none';
  if (typeof rule !== 'string' || !Object.hasOwn(AUX_RULES, rule)) return undefined;
  const number = first('number', metadata);
  return {
    rule: rule as AuxRuleName,
    latents: number('trainConfig.auxLatents'),
    coefficient: number('trainConfig.auxCoeff'),
  };
}

interface Types {
  number: number;
  boolean: boolean;
}

/** Looks through paths into `metadata` for the first that leads to a value of a type. */
function first<Name extends keyof Types>(
  type: Name,
  metadata: Readonly<Record<string, unknown>>,
): (...paths: readonly string[]) => Types[Name] | undefined {
  return (...paths) =>
    paths.map((path) => at(metadata, path)).find((value) => typeof value === type) as
      | Types[Name]
      | undefined;
}

function at(root: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined,
      root,
    );
}
