// Which settings tell runs apart, and the words for what is measured of them: for the page and for the terminal.
import { type RunEntry, type SettingValue, validationName } from './run-page.ts';

/** Settings that say where and how a run was made, and do not decide its result. */
export const FREE_SETTINGS = [
  'runRoot',
  'resume',
  'track',
  'tensorboard',
  'metricNames',
  'logEvery',
  'checkpointEvery',
  'nCheckpoints',
  'nEvalRows',
  'nEvalContexts',
  'evalEvery',
  'valData',
  'valEvery',
  'nValRows',
  'wandb',
  'wandbProject',
  'wandbEntity',
  'wandbName',
  'wandbGroup',
  'wandbNotes',
  'nWorkers',
  'device',
  'slurm',
  'slurmAcct',
  'slurmPartition',
  'nHours',
  'logTo',
] as const;

/** Settings that are named after all others: those, and what is said better by others. */
const HOUSEKEEPING: ReadonlySet<string> = new Set([
  'data.shardRoot',
  'sae.nReinitSamples',
  ...FREE_SETTINGS,
]);

/** List the settings that are not the same in all runs, those that decide a result first. */
export function differingSettings(runs: readonly RunEntry[]): string[] {
  // A run whose config cannot be read differs in nothing that is known.
  const known = runs.filter(({ settings }) => Object.keys(settings).length > 0);
  const names = new Set(known.flatMap(({ settings }) => Object.keys(settings)));
  const differing = [...names].filter((name) => {
    const first = known[0]!.settings[name];
    return known.some(({ settings }) => settings[name] !== first);
  });
  // Of a table that decides nothing no field does.
  const isLast = (name: string): number =>
    Number(HOUSEKEEPING.has(name) || HOUSEKEEPING.has(name.split('.')[0]!));
  return differing.sort((a, b) => isLast(a) - isLast(b));
}

/** Write a setting for people; nothing where a run does not have it. */
export function settingText(value: SettingValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  const isLong = value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e15);
  // Without the dust of a product such as 3 · 1e-4.
  const plain = Number(value.toPrecision(12));
  return isLong ? plain.toExponential().replace('e+', 'e') : String(plain);
}

/** What a metric is called, and what it says. */
export interface MetricWords {
  readonly name: string;
  readonly about: string;
}

/** Metrics of an evaluation, in the order of tables. */
export const METRIC_WORDS: Readonly<Record<string, MetricWords>> = {
  l0: { name: 'L0', about: 'Latents that fire on a row, on average' },
  mse: { name: 'MSE', about: 'Mean squared error of reconstruction' },
  normalizedMse: { name: 'normalised MSE', about: 'Error as a share of the variance of the data' },
  explainedVariance: { name: 'explained variance', about: 'One less the normalised MSE' },
  l1: { name: 'L1', about: 'Sum of the values of a row, on average' },
  nDead: { name: 'dead', about: 'Latents that never fire in the evaluation' },
  nAlmostDead: { name: 'almost dead', about: 'Latents that fire on fewer rows than the limit' },
  nDense: { name: 'dense', about: 'Latents that fire on more rows than the limit' },
  valL0: { name: 'L0, validation', about: 'L0 on rows that were not trained on' },
  valMse: { name: 'MSE, validation', about: 'MSE on rows that were not trained on' },
  valNormalizedMse: {
    name: 'normalised MSE, validation',
    about: 'Normalised MSE on rows that were not trained on',
  },
  valExplainedVariance: {
    name: 'explained variance, validation',
    about: 'One less that: of the variance about the mean of these rows',
  },
  valL1: { name: 'L1, validation', about: 'L1 on rows that were not trained on' },
  valNDead: {
    name: 'dead, validation',
    about: 'Latents that never fire on the rows of the validation',
  },
  valDeadShare: { name: 'dead share, validation', about: 'These as a share of all latents' },
  ceLossScore: {
    name: 'loss score',
    about: 'Share of the loss of the model that the coder gives back; zeros in its place give none',
  },
  ceLossClean: { name: 'loss without the coder', about: 'Loss of the model itself, nats a token' },
  ceLossReplaced: {
    name: 'loss with the coder',
    about: 'Loss with the coder in place, nats a token',
  },
  ceLossZeroAblated: { name: 'loss with zeros', about: 'Loss with zeros in place, nats a token' },
};

/** Metrics that tables show without being asked. */
const USUAL = ['l0', 'mse', 'normalizedMse', 'ceLossScore', 'nDead'];

/**
 * Name the metric that says best how good runs are: that on rows which were not trained on, where every run that was
 * evaluated has it.
 */
export function preferredMetric(runs: readonly RunEntry[], metric: string): string {
  const name = validationName(metric);
  const evaluated = runs.filter(({ metricsFrom }) => metricsFrom === 'evaluation');
  const some = runs.some(({ metrics }) => metrics[name] !== undefined);
  const all = evaluated.every(({ metrics }) => metrics[name] !== undefined);
  return some && all ? name : metric;
}

/** Name the metrics that a table of runs shows: those of validation where there are any, the others where some have only them. */
export function usualMetrics(runs: readonly RunEntry[]): string[] {
  const isThere = (name: string): boolean =>
    runs.some(({ metrics }) => metrics[name] !== undefined);
  return USUAL.flatMap((metric) => {
    const isReplaced = preferredMetric(runs, metric) !== metric;
    return [validationName(metric), ...(isReplaced ? [] : [metric])].filter(isThere);
  });
}

/** The name of a metric for people; those of training are named as in metrics.jsonl. */
export function metricName(metric: string): string {
  return METRIC_WORDS[metric]?.name ?? metric;
}
