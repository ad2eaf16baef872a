// Settings of a training job that cannot stand together: said before any work.

import { checkOneSource } from '../../activations/config.ts';
import type { Kind } from '../../base/config/kinds.ts';
import { UserError } from '../../base/errors.ts';
import { ACTIVATION_FUNCTIONS } from '../../sae/activation-functions/registry.ts';
import {
  checkActivation,
  resolveActivation,
  trainableOf,
} from '../../sae/activation-functions/resolve.ts';
import { OBJECTIVES } from '../../sae/learning/objectives/registry.ts';
import { objectiveOf } from '../../sae/learning/objectives/resolve.ts';
import { fewestBatches } from '../group/batches.ts';
import { inputBiasOf } from './learner-options.ts';
import { DECAYING_AFTER_WARMUP } from './schedules.ts';
import type { TrainConfig } from './train-config.ts';
import { validationOf } from './validation-config.ts';

/**
 * Refuse a configuration that asks for what cannot be had.
 * @throws {UserError} when it does.
 */
export function checkConfig(config: TrainConfig): void {
  const { sae, data, objective } = config;
  checkOneSource(data);
  if (sae.ghostGrads && !resolveActivation(sae).ghostGrads) {
    throw new UserError(`unsupported sae.ghostGrads: true for a ${sae.kind} coder`, {
      hint: `ghost gradients are defined for ${withGhosts(trainableOf(ACTIVATION_FUNCTIONS))}; leave them out`,
    });
  }
  if (sae.ghostGrads && !objectiveOf(objective).ghostGrads) {
    throw new UserError(`unsupported sae.ghostGrads: true with the ${objective.kind} objective`, {
      hint: `use the ${withGhosts(OBJECTIVES)} objective, or leave ghost gradients out`,
    });
  }
  if (resolveActivation(sae).gates !== undefined && objectiveOf(objective).gates !== true) {
    throw new UserError(`unsupported objective: ${objective.kind} for a ${sae.kind} coder`, {
      hint: 'use the vanilla objective: gates reconstruct from the whole code',
    });
  }
  if (sae.encoderStart === 'transposed' && data.target !== undefined) {
    throw new UserError(
      'unsupported sae.encoderStart: transposed, but a transcoder reads other rows than it writes',
      { hint: 'leave it out; sae.dataBlend points both at rows of data' },
    );
  }
  if (sae.ghostGrads && config.aux !== 'none') {
    throw new UserError(`invalid choice: both sae.ghostGrads and aux (${config.aux})`, {
      hint: 'both give dead latents a gradient towards what the others leave over: use one of them',
    });
  }
  checkSparsity(config);
  if (config.holdL0 !== undefined && 'targetL0' in sae && sae.targetL0 !== undefined) {
    throw new UserError(
      `invalid choice: both holdL0 (${config.holdL0}) and sae.targetL0 (${sae.targetL0})`,
      {
        hint: 'one adjusts the coefficient, the other is a loss of its own: leave one of them out',
      },
    );
  }
  if (config.holdL0 !== undefined && resolveActivation(sae).penalty === 'none') {
    throw new UserError(`unsupported holdL0: ${config.holdL0} for a ${sae.kind} coder`, {
      hint: 'it has no sparsity coefficient to adjust: sae.k says how many latents fire',
    });
  }
  if (sae.skip && data.target === undefined) {
    throw new UserError(
      'unsupported sae.skip: true for an autoencoder, whose target is what it reads',
      {
        hint: 'skip connections are for transcoders: say what is to be reconstructed (data.target)',
      },
    );
  }
  if (sae.skip && config.deadLatentAim === 'input') {
    throw new UserError(
      'unsupported deadLatentAim: input for a transcoder with a skip connection',
      {
        hint: 'leave it out: dead latents explain what is left of the target',
      },
    );
  }
  if (data.target !== undefined && inputBiasOf(config) === 'decoder') {
    throw new UserError('invalid sae.inputBias: decoder, but what is reconstructed is no input', {
      hint: 'transcoders take own or none',
    });
  }
  if (config.resampling === 'anthropic' && (data.live ?? data.synthetic) !== undefined) {
    throw new UserError('unsupported resampling: anthropic measures the loss of a language model', {
      hint: 'use l2 for images and synthetic rows',
    });
  }
  validationOf(config);
  const { nPatches, saeBatchSize } = config;
  if (nPatches !== undefined && saeBatchSize !== undefined) {
    checkWarmup(config, fewestBatches({ data, nPatches, saeBatchSize }));
  }
}

/** Refuse a falling p where there is nothing to take it of, or no step left to fall in. */
function checkAnnealing(
  objective: TrainConfig['objective'],
  sae: Pick<TrainConfig['sae'], 'kind'>,
): void {
  if (objective.kind !== 'p-anneal') return;
  if (sae.kind !== 'relu') {
    throw new UserError(`unsupported objective p-anneal: for a ${sae.kind} coder`, {
      hint: 'it anneals the penalty on Σ f that relu coders have',
    });
  }
  const { annealStart = 0, annealEnd = Number.POSITIVE_INFINITY, pStart, pEnd } = objective;
  if (annealEnd <= annealStart) {
    throw new UserError(
      `invalid objective.annealEnd: ${annealEnd}, but p begins to fall at step ${annealStart}`,
    );
  }
  if (pEnd > pStart) {
    throw new UserError(`invalid objective.pEnd: ${pEnd}, but p falls from ${pStart}`);
  }
}

/** Refuse what keeps codes sparse in two ways at once, or in none that fits. */
function checkSparsity({ sae, objective, holdL0 }: TrainConfig): void {
  checkAnnealing(objective, sae);
  const { dSae = Number.POSITIVE_INFINITY } = sae;
  checkActivation(sae, { ...sae, dSae });
  if (!('targetL0' in sae) || sae.targetL0 === undefined) return;
  const { targetL0, targetWeight = 1 } = sae;
  const { sparsityCoeff } = objective;
  // A finished run says both: its coefficient was the weight.
  if (sparsityCoeff !== undefined && sparsityCoeff !== targetWeight) {
    throw new UserError(
      `invalid choice: both objective.sparsityCoeff (${sparsityCoeff}) and sae.targetL0 (${targetL0})`,
      { hint: 'a target needs no coefficient; the weight of its loss is sae.targetWeight' },
    );
  }
  if (holdL0 !== undefined) {
    throw new UserError(`invalid choice: both holdL0 (${holdL0}) and sae.targetL0 (${targetL0})`, {
      hint: 'one adjusts a coefficient, the other is a loss: use one of them',
    });
  }
}

/**
 * Refuse a warm-up that leaves no step to a schedule which decays after it.
 * @throws {UserError} when it does.
 */
export function checkWarmup(
  { lrSchedule, nLrWarmup }: Pick<TrainConfig, 'lrSchedule' | 'nLrWarmup'>,
  nSteps: number,
): void {
  if (nLrWarmup === undefined || nLrWarmup < nSteps) return;
  if (!DECAYING_AFTER_WARMUP.includes(lrSchedule)) return;
  throw new UserError(`invalid nLrWarmup: ${nLrWarmup}, but the run has about ${nSteps} steps`, {
    hint: `${lrSchedule} needs steps after the warm-up: lower it`,
  });
}

/** Names of the kinds that ghost gradients are defined for. */
function withGhosts(kinds: readonly (Kind & { readonly ghostGrads: boolean })[]): string {
  const able = kinds.filter(({ ghostGrads }) => ghostGrads);
  return able.map(({ schema }) => schema.shape.kind.value).join(' or ');
}
