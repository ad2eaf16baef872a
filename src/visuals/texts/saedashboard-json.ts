// Dashboards in SAEDashboard's JSON, as Neuronpedia reads it (SAEDashboard 0.8, neuronpedia_dashboard.py).
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/files.ts';
import { inBatches } from '../../base/iterables.ts';
import type { ExampleGroup, FeatureDashboard } from './dashboard.ts';

/** What a batch says of the model, the coder and the texts. */
export interface DashboardContext {
  /** Neuronpedia's id of the model: `gpt2-small`. */
  readonly modelId: string;
  /** Layer number of the coder. */
  readonly layer: number;
  /** Name of the set of coders: `res-jb`. */
  readonly saeSet: string;
  readonly saeIdSuffix?: string;
  /** Name of the texts, their number, and the tokens of each. */
  readonly dataset: string;
  readonly nPrompts: number;
  readonly nTokens: number;
}

/** Bounds of the group of top examples, which is no band. */
const NO_BAND = -1;

/** Round to 5 decimals, as SAEDashboard does. */
export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

/** Features in a file of SAEDashboard's. */
export const BATCH = 128;

/**
 * One feature under SAEDashboard's keys; values are rounded to 5 decimals, but for `frac_nonzero`, which SAEDashboard
 * reads back from a title with 3 decimals of a percent. Its neuron correlations need the model's neurons and stay
 * empty, as do the columns of direct feature attribution.
 */
export function featureJson(
  dashboard: FeatureDashboard,
  context: DashboardContext,
): Record<string, unknown> {
  const { logits, alignment, correlated, histogram, groups } = dashboard;
  const round = (values: ArrayLike<number>): number[] => Array.from(values, rounded);
  return {
    feature_index: dashboard.feature,
    neuron_alignment_indices: alignment.map(({ neuron }) => neuron),
    neuron_alignment_values: round(alignment.map(({ value }) => value)),
    neuron_alignment_l1: round(alignment.map(({ shareOfL1 }) => shareOfL1)),
    correlated_neurons_indices: [],
    correlated_neurons_l1: [],
    correlated_neurons_pearson: [],
    correlated_features_indices: correlated.map(({ feature }) => feature),
    correlated_features_l1: round(correlated.map(({ cosine }) => cosine)),
    correlated_features_pearson: round(correlated.map(({ pearson }) => pearson)),
    neg_str: logits.bottomTokens,
    neg_values: round(logits.bottom.map(({ value }) => value)),
    pos_str: logits.topTokens,
    pos_values: round(logits.top.map(({ value }) => value)),
    frac_nonzero: dashboard.frequency,
    freq_hist_data_bar_values: round(histogram.centres),
    freq_hist_data_bar_heights: histogram.heights,
    logits_hist_data_bar_heights: logits.histogram.heights,
    logits_hist_data_bar_values: round(logits.histogram.centres),
    n_prompts_total: context.nPrompts,
    n_tokens_in_prompt: context.nTokens,
    dataset: context.dataset,
    decoder_weights_dist: [],
    activations: groups.flatMap(activationsJson),
    vector: round(dashboard.vector),
  };
}

function activationsJson(group: ExampleGroup): Record<string, unknown>[] {
  const bin =
    group.kind === 'top'
      ? { bin_min: NO_BAND, bin_max: rounded(group.max), bin_contains: NO_BAND }
      : {
          bin_min: rounded(group.low),
          bin_max: rounded(group.high),
          bin_contains: rounded(group.share),
        };
  return group.examples.map(({ tokens, values, at }) => ({
    ...bin,
    tokens,
    values: values.map(rounded),
    qualifying_token_index: at,
    dfa_values: [],
    dfa_maxValue: 0,
    dfa_targetIndex: 0,
  }));
}

/** Write `batch-0.json`, `batch-1.json` … with 128 features each; gives their paths. */
export async function writeDashboardBatches(
  folder: string,
  dashboards: AsyncIterable<FeatureDashboard>,
  context: DashboardContext,
  { batchSize = BATCH }: { batchSize?: number } = {},
): Promise<string[]> {
  const paths: string[] = [];
  for await (const batch of inBatches(dashboards, batchSize)) {
    paths.push(await writeDashboardBatch(folder, paths.length, batch, context));
  }
  return paths;
}

/** Write one of these files, number `n`; gives its path. */
export async function writeDashboardBatch(
  folder: string,
  n: number,
  batch: readonly FeatureDashboard[],
  context: DashboardContext,
): Promise<string> {
  const path = join(folder, `batch-${n}.json`);
  const features = batch.map((dashboard) => featureJson(dashboard, context));
  const { modelId, layer, saeSet, saeIdSuffix = '' } = context;
  const head = { model_id: modelId, layer, sae_set: saeSet, sae_id_suffix: saeIdSuffix };
  await writeFileAtomic(path, JSON.stringify({ ...head, features }));
  return path;
}
