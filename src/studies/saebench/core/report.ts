// Measures of SAEBench's core under the names of its results.
import type { CoreMeasures } from './measure.ts';

/** Digits behind the point in what is said of each latent. */
const DIGITS = 10;

/** `eval_result_metrics` of core. */
export function coreMetrics({ cost, rows, latents, tokens }: CoreMeasures) {
  const { klZeros, klCoder, ceClean, ceZeros, ceCoder } = cost;
  const densities = latents.tokens.map((n) => n / latents.nTokens);
  const nLatents = densities.length;
  const total = densities.reduce((sum, density) => sum + density, 0);
  const over = (least: number) => {
    const some = densities.filter((density) => density > least);
    const sum = some.reduce((all, density) => all + density, 0);
    return { share: some.length / nLatents, ofAll: total > 0 ? sum / total : 0 };
  };
  const mean = (values: Float64Array): number =>
    values.reduce((sum, each) => sum + each, 0) / nLatents;
  return {
    model_behavior_preservation: {
      kl_div_score: (klZeros - klCoder) / klZeros,
      kl_div_with_ablation: klZeros,
      kl_div_with_sae: klCoder,
    },
    model_performance_preservation: {
      ce_loss_score: (ceZeros - ceCoder) / (ceZeros - ceClean),
      ce_loss_with_ablation: ceZeros,
      ce_loss_with_sae: ceCoder,
      ce_loss_without_sae: ceClean,
    },
    reconstruction_quality: {
      explained_variance: rows.explainedVariance,
      explained_variance_legacy: rows.explainedVarianceLegacy,
      mse: rows.mse,
      cossim: rows.cossim,
    },
    shrinkage: {
      l2_norm_in: rows.l2NormIn,
      l2_norm_out: rows.l2NormOut,
      l2_ratio: rows.l2Ratio,
      relative_reconstruction_bias: rows.relativeReconstructionBias,
    },
    sparsity: { l0: rows.l0, l1: rows.l1 },
    token_stats: {
      total_tokens_eval_reconstruction: tokens.reconstruction,
      total_tokens_eval_sparsity_variance: tokens.rows,
    },
    misc_metrics: {
      freq_over_1_percent: over(0.01).share,
      freq_over_10_percent: over(0.1).share,
      normalized_freq_over_1_percent: over(0.01).ofAll,
      normalized_freq_over_10_percent: over(0.1).ofAll,
      average_max_encoder_cosine_sim: mean(latents.maxEncoderCosine),
      average_max_decoder_cosine_sim: mean(latents.maxDecoderCosine),
      frac_alive: over(0).share,
    },
  };
}

/** `eval_result_details` of core: an entry for each latent. */
export function coreDetails({ latents }: CoreMeasures) {
  const { tokens, contexts, nTokens } = latents;
  return Array.from(tokens, (n, index) => ({
    index,
    feature_density: rounded(n / nTokens),
    consistent_activation_heuristic: rounded(n / contexts[index]!),
    encoder_bias: rounded(latents.encoderBias[index]!),
    encoder_norm: rounded(latents.encoderNorm[index]!),
    encoder_decoder_cosine_sim: rounded(latents.encoderDecoderCosine[index]!),
    max_decoder_cosine_sim: rounded(latents.maxDecoderCosine[index]!),
    max_encoder_cosine_sim: rounded(latents.maxEncoderCosine[index]!),
  }));
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}
