// Results of SAEBench 0.6 as they stand in files (evals/core/eval_output.py, evals/sparse_probing/eval_output.py).
import { z } from 'zod';

const metric = z.number();

/** Metrics of core, by what they speak of. */
export const CoreMetrics = z.object({
  model_behavior_preservation: z.object({
    kl_div_score: metric,
    kl_div_with_ablation: metric,
    kl_div_with_sae: metric,
  }),
  model_performance_preservation: z.object({
    ce_loss_score: metric,
    ce_loss_with_ablation: metric,
    ce_loss_with_sae: metric,
    ce_loss_without_sae: metric,
  }),
  reconstruction_quality: z.object({
    explained_variance: metric,
    explained_variance_legacy: metric,
    mse: metric,
    cossim: metric,
  }),
  shrinkage: z.object({
    l2_norm_in: metric,
    l2_norm_out: metric,
    l2_ratio: metric,
    relative_reconstruction_bias: metric,
  }),
  sparsity: z.object({ l0: metric, l1: metric }),
  token_stats: z.object({
    total_tokens_eval_reconstruction: z.int(),
    total_tokens_eval_sparsity_variance: z.int(),
  }),
  misc_metrics: z.object({
    freq_over_1_percent: metric,
    freq_over_10_percent: metric,
    normalized_freq_over_1_percent: metric,
    normalized_freq_over_10_percent: metric,
    average_max_encoder_cosine_sim: metric,
    average_max_decoder_cosine_sim: metric,
    frac_alive: metric,
  }),
});
/** Metrics of core. */
export type CoreMetrics = z.infer<typeof CoreMetrics>;

/** What core says of one latent. */
export const CoreDetail = z.object({
  index: z.int(),
  feature_density: metric,
  consistent_activation_heuristic: metric,
  encoder_bias: metric,
  encoder_norm: metric,
  encoder_decoder_cosine_sim: metric,
  max_decoder_cosine_sim: metric,
  max_encoder_cosine_sim: metric,
});
/** What core says of one latent. */
export type CoreDetail = z.infer<typeof CoreDetail>;

/** Numbers of latents for which the published results have a place. */
export const PUBLISHED_K = [1, 2, 5, 10, 20, 50, 100] as const;

/** Accuracies of one kind of probe: on all of its columns, and on few. */
function accuracies<const Kind extends 'llm' | 'sae'>(kind: Kind) {
  const few = PUBLISHED_K.map((k) => [`${kind}_top_${k}_test_accuracy`, metric.nullish()] as const);
  return Object.fromEntries(few) as Record<
    `${Kind}_top_${(typeof PUBLISHED_K)[number]}_test_accuracy`,
    z.ZodOptional<z.ZodNullable<z.ZodNumber>>
  >;
}

const ofLlm = { llm_test_accuracy: metric, ...accuracies('llm') };
const ofSae = { sae_test_accuracy: metric.nullish(), ...accuracies('sae') };

/** Metrics of sparse probing: means over data sets of means over classes. */
export const SparseProbingMetrics = z.object({ llm: z.object(ofLlm), sae: z.object(ofSae) });
/** Metrics of sparse probing. */
export type SparseProbingMetrics = z.infer<typeof SparseProbingMetrics>;

/** The same of one data set. */
export const SparseProbingDetail = z.object({ dataset_name: z.string(), ...ofLlm, ...ofSae });
/** Accuracies of one data set. */
export type SparseProbingDetail = z.infer<typeof SparseProbingDetail>;

/** What all results have. */
const common = {
  eval_config: z.record(z.string(), z.unknown()),
  eval_id: z.string(),
  datetime_epoch_millis: z.int().min(0).max(9_999_999_999_999),
  sae_bench_commit_hash: z.string(),
  sae_lens_id: z.string().nullable(),
  sae_lens_release_id: z.string().nullable(),
  sae_lens_version: z.string().nullable(),
  sae_cfg_dict: z.record(z.string(), z.unknown()).nullable(),
  eval_result_unstructured: z.unknown().optional(),
};

/** Results of core. */
export const CoreResult = z.object({
  eval_type_id: z.literal('core'),
  ...common,
  eval_result_metrics: CoreMetrics,
  eval_result_details: z.array(CoreDetail),
});

/** Results of sparse probing. */
export const SparseProbingResult = z.object({
  eval_type_id: z.literal('sparse_probing'),
  ...common,
  eval_result_metrics: SparseProbingMetrics,
  eval_result_details: z.array(SparseProbingDetail),
});

/** Results of one coder. */
export const BenchResult = z.discriminatedUnion('eval_type_id', [CoreResult, SparseProbingResult]);
/** Results of one coder. */
export type BenchResult = z.infer<typeof BenchResult>;
/** What was measured, as results and their folders are called. */
export type BenchKind = BenchResult['eval_type_id'];
