// A feature as circuit graphs look it up: circuit-tracer's feature file (frontend/feature_models.py).
import type { ExampleGroup, FeatureDashboard, TokenExample } from './dashboard.ts';
import { rounded } from './saedashboard-json.ts';

/** One feature's file, under circuit-tracer's keys. */
export interface CircuitRecord {
  readonly transcoder_id: string;
  readonly index: number;
  readonly examples_quantiles: readonly {
    readonly quantile_name: string;
    readonly examples: readonly {
      readonly tokens_acts_list: readonly number[];
      readonly train_token_ind: number;
      readonly is_repeated_datapoint: boolean;
      readonly tokens: readonly string[];
    }[];
  }[];
  readonly top_logits: readonly string[];
  readonly bottom_logits: readonly string[];
  readonly act_min: number;
  readonly act_max: number;
  /** Edges of the bands, ascending from 0. */
  readonly quantile_values: readonly number[];
  readonly histogram: readonly number[];
  readonly activation_frequency: number;
}

/** Write a dashboard as circuit-tracer's record; `transcoderId` names the coder that the feature is of. */
export function circuitRecord(dashboard: FeatureDashboard, transcoderId: string): CircuitRecord {
  const { groups, histogram, logits } = dashboard;
  const seen = new Set<string>();
  const example = ({ example: text, first, values, tokens, at }: TokenExample) => {
    const place = `${text}/${first + at}`;
    const isRepeated = seen.has(place);
    seen.add(place);
    return {
      tokens_acts_list: values.map(rounded),
      train_token_ind: at,
      is_repeated_datapoint: isRepeated,
      tokens,
    };
  };
  const bands = groups.filter((group) => group.kind === 'band');
  const width = histogram.centres.length > 1 ? histogram.centres[1]! - histogram.centres[0]! : 0;
  return {
    transcoder_id: transcoderId,
    index: dashboard.feature,
    examples_quantiles: groups.map((group) => ({
      quantile_name: nameOf(group),
      examples: group.examples.map(example),
    })),
    top_logits: logits.topTokens,
    bottom_logits: logits.bottomTokens,
    act_min: rounded((histogram.centres[0] ?? 0) - width / 2),
    act_max: rounded(dashboard.max),
    quantile_values: [
      ...new Set(bands.flatMap(({ low, high }) => [rounded(low), rounded(high)])),
    ].sort((a, b) => a - b),
    histogram: histogram.heights,
    activation_frequency: dashboard.frequency,
  };
}

function nameOf(group: ExampleGroup): string {
  if (group.kind === 'top') return 'Top activations';
  return `${group.low.toFixed(3)} to ${group.high.toFixed(3)} (${(100 * group.share).toFixed(3)} %)`;
}
