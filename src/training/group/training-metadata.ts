// What a checkpoint says of its training beside the settings themselves.
import type { TextContexts } from '../../activations/types.ts';
import type { TextConfig } from '../../data/texts/config.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { FittedConfig } from '../config/fitting.ts';

/**
 * Say what a coder was trained on and how, under the names of transcoder-circuits' dataclass, whose program looks for
 * them. Empty for images.
 */
export function trainingMetadata(
  config: FittedConfig,
  contexts: Pick<TextContexts, 'contextSize'> | undefined,
): Record<string, unknown> {
  if (contexts === undefined) return {};
  const { language } = config.data;
  const texts = language?.texts;
  return {
    context_size: contexts.contextSize,
    dataset_path: texts === undefined ? '' : nameOf(texts),
    ...(language === undefined ? {} : { prepend_bos: language.prependBos }),
    ...trainingFields(config),
  };
}

function nameOf(texts: TextConfig): string {
  const { datasetPath, name } = textKindOf(texts);
  return (datasetPath ?? name)(texts);
}

/** Fields of transcoder-circuits' dataclass about the training itself. */
function trainingFields(config: FittedConfig): Record<string, unknown> {
  const { sae, objective } = config;
  const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return {
    l1_coefficient: objective.sparsityCoeff,
    lr: config.lr,
    lr_scheduler_name: config.lrSchedule.toLowerCase(),
    lr_warm_up_steps: config.nLrWarmup,
    train_batch_size: config.saeBatchSize,
    total_training_tokens: config.nPatches,
    b_dec_init_method: snake(sae.bDecInit),
    use_ghost_grads: sae.ghostGrads,
    feature_sampling_method: config.resampling === 'none' ? null : config.resampling,
    feature_sampling_window: config.featureSamplingWindow,
    resample_batches: config.resampleBatches,
    feature_reinit_scale: config.featureReinitScale,
    dead_feature_window: config.deadFeatureWindow,
    dead_feature_estimation_method: snake(config.deadFeatureEstimation),
    dead_feature_threshold: config.deadFeatureThreshold,
    seed: config.seed,
  };
}
