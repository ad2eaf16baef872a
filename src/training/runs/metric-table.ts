// One table of the names of metrics: ours, those of both programs that saev re-creates, and those of saev as it is today.

/** Schemes of names that event files and tables can be written in. */
export const METRIC_SCHEMES = ['saev', 'ours', 'upstream', 'circuits'] as const;
export type MetricScheme = (typeof METRIC_SCHEMES)[number];

/** Numbers by name: `losses/mse`. */
export type Metrics = Readonly<Record<string, number>>;
/** A line of metrics.jsonl: numbers of a step, written `time` seconds after 1970. */
export type LoggedMetrics = Metrics & { readonly step: number; readonly time: number };

/** A metric by all its names; one that a scheme does not have keeps that of metrics.jsonl there. */
export interface MetricNames {
  /** In metrics.jsonl: Python's saev of 2025, or transcoder-circuits where saev has none, or in their spelling. */
  readonly saev: string;
  /** In eval.json, `saev compare` and pages. */
  readonly ours?: string;
  /** In saev as it is today, which evaluates on validation data alone. */
  readonly upstream?: string;
  readonly circuits?: string;
  readonly about: string;
}

type Row = readonly [saev: string, about: string, names?: Omit<MetricNames, 'saev' | 'about'>];

const TRAINING: readonly Row[] = [
  [
    'losses/loss',
    'all terms of the loss',
    { upstream: 'loss/loss', circuits: 'losses/overall_loss' },
  ],
  [
    'losses/mse',
    'mean squared error of a batch; with matryoshka over prefixes, of texts divided by norms',
    { upstream: 'loss/mse', circuits: 'losses/mse_loss' },
  ],
  ['losses/l1', 'mean of Σ f, without coefficient', { circuits: 'losses/l1_loss' }],
  ['losses/sparsity', 'the penalty, with its coefficient', { upstream: 'loss/sparsity' }],
  ['losses/ghost_grad', 'ghost gradients', { circuits: 'losses/ghost_grad_loss' }],
  ['losses/gate', 'error of what the gates of a gated coder reconstruct alone'],
  ['losses/aux', 'what dead latents explain of the residual', { upstream: 'loss/aux' }],
  ['losses/sparse_connection', 'penalty on directions of another coder'],
  ['metrics/l0', 'latents that fire on a row of a batch', { upstream: 'loss/l0' }],
  ['metrics/l1', 'mean of Σ f in a batch', { upstream: 'loss/l1' }],
  ['metrics/threshold', 'running threshold of a BatchTopK coder'],
  [
    'metrics/explained_variance',
    'of texts: mean over rows of 1 − |x̂ − y|² / |y|², about zero; saev of today has another by this name, about the mean',
  ],
  ['metrics/explained_variance_std', 'its standard deviation over rows'],
  ['metrics/n_resampled_neurons', 'dead latents that began anew'],
  [
    'metrics/mean_log10_feature_sparsity',
    'mean of log10 of the share of rows on which a latent fires',
  ],
  ['sparsity/mean_passes_since_fired', 'steps since a latent fired, on average'],
  [
    'sparsity/n_passes_since_fired_over_threshold',
    'latents silent for longer than deadFeatureWindow',
    { upstream: 'loss/n_dead' },
  ],
  ['sparsity/below_1e-5', 'share of latents that fire on fewer of the rows counted'],
  ['sparsity/below_1e-6', 'share of latents that fire on fewer of the rows counted'],
  ['sparsity/dead_features', 'share of latents below deadFeatureThreshold'],
  ['progress/n_patches_seen', 'rows trained on', { circuits: 'details/n_training_tokens' }],
  ['progress/learning_rate', 'of this step', { circuits: 'details/current_learning_rate' }],
  ['progress/sparsity_coeff', 'of this step'],
];

/** Of an evaluation on rows: the name in a row of eval.json, in metrics.jsonl, and what it says. */
const ROWS = [
  ['rows', 'rows', 'rows that were read'],
  ['l0', 'l0', 'latents that fire on a row, on average'],
  ['l1', 'l1', 'mean of Σ f'],
  ['mse', 'mse', 'mean of (x̂ − y)² over rows and dimensions'],
  [
    'normalizedMse',
    'normalized_mse',
    'Σ|y − x̂|² / Σ|y − mean y|², the mean of the rows that were read',
  ],
  ['explainedVariance', 'explained_variance', 'one less that: about the mean'],
  ['nDead', 'n_dead', 'latents that fire on none of the rows'],
  ['nAlmostDead', 'n_almost_dead', 'latents that fire on fewer than 1e-7 of the rows'],
  ['nDense', 'n_dense', 'latents that fire on more than 1e-2 of the rows'],
] as const;

const camel = (name: string): string => `val${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const VALIDATION: readonly Row[] = [
  ...ROWS.map(
    ([ours, name, about]): Row => [
      `val/${name}`,
      `${about}; validation`,
      { ours: camel(ours), upstream: `eval/${name}` },
    ],
  ),
  ['val/n_examples', 'images or contexts of a validation', { ours: 'valNExamples' }],
  ['val/dead_share', 'share of latents that fire on none of its rows', { ours: 'valDeadShare' }],
];

const EVALUATION: readonly Row[] = [
  ...ROWS.map(
    ([ours, name, about]): Row => [
      `eval/${name}`,
      `${about}; rows that were trained on`,
      { ours, upstream: `train_eval/${name}` },
    ],
  ),
  ['eval/almost_dead_threshold', 'that limit', { ours: 'almostDeadThreshold' }],
  ['eval/dense_threshold', 'that limit', { ours: 'denseThreshold' }],
  ['eval/freqs', 'share of rows on which each latent fires, in event files and Weights & Biases'],
  ['eval/mean_values', 'mean value of each latent where it fires, likewise'],
  ['plots/feature_density_line_chart', 'log10 of these shares while training, likewise'],
];

const MODEL: readonly Row[] = [
  ['eval/n_contexts', 'contexts on which the model was run', { ours: 'nEvalContexts' }],
  ['eval/n_held_out_contexts', 'of these, not trained on', { ours: 'nHeldOutContexts' }],
  ['metrics/CE_loss_score', 'share of the loss that the coder gives back', { ours: 'ceLossScore' }],
  ['metrics/ce_loss_without_sae', 'loss of the model, nats a token', { ours: 'ceLossClean' }],
  ['metrics/ce_loss_with_sae', 'loss with the coder in place', { ours: 'ceLossReplaced' }],
  ['metrics/ce_loss_with_ablation', 'loss with zeros in place', { ours: 'ceLossZeroAblated' }],
  ['metrics/l2_norm', 'mean of |x̂|', { ours: 'l2Norm' }],
  ['metrics/l2_ratio', 'mean of |x̂| / |y|', { ours: 'l2Ratio' }],
  [
    'metrics/kldiv_reconstructed',
    "of a head's pattern, with the coder",
    { ours: 'attentionKlReplaced' },
  ],
  ['metrics/kldiv_ablation', "of a head's pattern, with zeros", { ours: 'attentionKlZeroAblated' }],
];

const named = (rows: readonly Row[]): MetricNames[] =>
  rows.map(([saev, about, names]) => ({ saev, ...names, about }));

/** Every metric of training, by when it is measured. */
export const METRIC_TABLE: Readonly<Record<string, readonly MetricNames[]>> = {
  'While training, of a batch': named(TRAINING),
  Validation: named(VALIDATION),
  'Evaluation on rows': named(EVALUATION),
  'Evaluation in the language model': named(MODEL),
};

const BY_NAME: ReadonlyMap<string, MetricNames> = new Map(
  Object.values(METRIC_TABLE)
    .flat()
    .flatMap((metric) => [
      [metric.saev, metric] as const,
      ...(metric.ours === undefined ? [] : [[metric.ours, metric] as const]),
    ]),
);

/** Name a metric in a scheme; its name in metrics.jsonl or in eval.json is given. */
export function metricIn(scheme: MetricScheme, name: string): string {
  const metric = BY_NAME.get(name);
  return metric === undefined ? name : (metric[scheme] ?? metric.saev);
}

/** Name the values of a record in a scheme. */
export function inScheme<T>(
  scheme: MetricScheme,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [metricIn(scheme, name), value]),
  );
}
