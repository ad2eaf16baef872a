// What the numbers of evaluations are called in metrics.jsonl; `metric-table.ts` has all names.
import type { LanguageEvaluation } from '../evaluation/language-evaluation.ts';
import type { Validation } from '../evaluation/validation.ts';
import type { RunEvaluation } from './evaluation-files.ts';
import type { Metrics } from './metric-table.ts';

/** Metrics of an evaluation on rows, all under `eval/`. */
const ROW_NAMES = {
  rows: 'eval/rows',
  l0: 'eval/l0',
  l1: 'eval/l1',
  mse: 'eval/mse',
  normalizedMse: 'eval/normalized_mse',
  explainedVariance: 'eval/explained_variance',
  nDead: 'eval/n_dead',
  nAlmostDead: 'eval/n_almost_dead',
  nDense: 'eval/n_dense',
  almostDeadThreshold: 'eval/almost_dead_threshold',
  denseThreshold: 'eval/dense_threshold',
  nHeldOutContexts: 'eval/n_held_out_contexts',
} as const satisfies Partial<Record<keyof RunEvaluation, string>>;

/** Metrics of a coder in its language model, as run_evals of transcoder-circuits charts them. */
const MODEL_NAMES = {
  nEvalContexts: 'eval/n_contexts',
  ceLossScore: 'metrics/CE_loss_score',
  ceLossClean: 'metrics/ce_loss_without_sae',
  ceLossReplaced: 'metrics/ce_loss_with_sae',
  ceLossZeroAblated: 'metrics/ce_loss_with_ablation',
  l2Norm: 'metrics/l2_norm',
  l2Ratio: 'metrics/l2_ratio',
  attentionKlReplaced: 'metrics/kldiv_reconstructed',
  attentionKlZeroAblated: 'metrics/kldiv_ablation',
} as const satisfies Record<keyof LanguageEvaluation, string>;

/** Metrics of a validation. */
const VALIDATION_NAMES = {
  rows: 'val/rows',
  nExamples: 'val/n_examples',
  l0: 'val/l0',
  l1: 'val/l1',
  mse: 'val/mse',
  normalizedMse: 'val/normalized_mse',
  explainedVariance: 'val/explained_variance',
  nDead: 'val/n_dead',
  deadShare: 'val/dead_share',
  nAlmostDead: 'val/n_almost_dead',
  nDense: 'val/n_dense',
} as const satisfies Record<keyof Validation, string>;

/** Name the numbers of a validation. */
export function validationMetrics(validation: Validation): Metrics {
  const names = Object.entries(VALIDATION_NAMES);
  return Object.fromEntries(
    names.map(([key, name]) => [name, validation[key as keyof Validation]]),
  );
}

/** Name the numbers of an evaluation, or of a part of it. */
export function evaluationMetrics(evaluation: Partial<RunEvaluation>): Metrics {
  const names = Object.entries({ ...ROW_NAMES, ...MODEL_NAMES });
  const own = names.flatMap(([key, name]) => {
    const value = evaluation[key as keyof typeof ROW_NAMES];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { validation } = evaluation;
  return { ...Object.fromEntries(own), ...(validation && validationMetrics(validation)) };
}

/** What an evaluation says of every latent is a table in Weights & Biases; names of its column, those of Python's saev. */
export const TABLE_COLUMNS: Readonly<Record<string, string>> = {
  'eval/freqs': 'freq',
  'eval/mean_values': 'mean_value',
};

/** What an evaluation says of every latent, as the tables of Python's saev are named. */
export function evaluationTables({
  freqs,
  meanValues,
}: RunEvaluation): Readonly<Record<string, Float32Array>> {
  return { 'eval/freqs': freqs, 'eval/mean_values': meanValues };
}
