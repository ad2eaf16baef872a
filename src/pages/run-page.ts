// What the page of runs is told. Written by the library, read by the page in web/: both import these types.
import { type Path, path } from './source.ts';

/** Version of this contract; a page refuses data of another. */
export const RUN_PAGE_VERSION = 1;

/** What a setting can be. Lists and records of a config are taken apart (`data.layer`), or written as JSON. */
export type SettingValue = string | number | boolean | null;

/** What a run is doing; `unreadable`: its files do not say. */
export type RunState = 'running' | 'finished' | 'stopped' | 'unreadable';

/** A run as a line of a table. */
export interface RunEntry {
  /** One segment that fits addresses and names of files; no two runs of a page have the same. */
  readonly id: string;
  /** Name of its folder. */
  readonly name: string;
  /** Path of its folder, as it was given. */
  readonly folder: string;
  readonly state: RunState;
  /** A sentence on what of it could not be read. */
  readonly problem?: string;
  /** When it began, ISO 8601; empty where nothing says. */
  readonly started: string;
  readonly tag: string;
  readonly modality?: 'image' | 'text';
  /** What people call the model that its rows come from, as `get_model_key` of Python's saev; empty where nothing says. */
  readonly model: string;
  /** What people call the data set, as `get_data_key`. */
  readonly dataset: string;
  /** Settings by their path in the config: `lr`, `sae.kind`, `data.layer`; the width in latents as `sae.dSae`. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  /**
   * Numbers by name: those of the evaluation (`l0`, `mse`, `normalizedMse` …), those on rows that were not trained on (`valL0`,
   * `valMse` …) and, as metrics.jsonl names them, those of the last training line (`losses/mse`). Before there is an
   * evaluation, `l0`, `l1` and `mse` are that line's, and those of validation the last ones.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Where `l0`, `l1` and `mse` come from. */
  readonly metricsFrom: 'evaluation' | 'training' | 'nothing';
  /** Rows seen in training so far, and those that it will see. */
  readonly rows?: number;
  readonly allRows?: number;
}

/** A run with all that is shown once it is chosen. */
export interface RunPage {
  readonly version: number;
  readonly run: RunEntry;
  /** The whole config.json; absent where it cannot be read. */
  readonly config?: unknown;
  /** What the evaluation says of every latent; absent before it. */
  readonly latents?: RunLatents;
  readonly curves: readonly RunCurve[];
}

/** All latents of a run, by their number. */
export interface RunLatents {
  readonly count: number;
  /** Latents that fired on no row of the evaluation. */
  readonly dead: number;
  /** Base64 of float32 `[count]`, little-endian: log10 of the share of rows on which each fires; −∞ for dead ones. */
  readonly logFrequency: string;
  /** Base64 of float32 `[count]`: log10 of its mean value where it fires; NaN for dead ones, and where that is not positive. */
  readonly logValue: string;
}

/** A metric over the steps of training, of few enough points to be drawn: highs and lows are kept. */
export interface RunCurve {
  readonly metric: string;
  readonly steps: readonly number[];
  /** Null where the metric was no finite number. */
  readonly values: readonly (number | null)[];
  /** Points before they were thinned. */
  readonly points: number;
}

/** A line of metrics.jsonl: its step, and numbers by name; null where one was not finite. */
export type MetricLine = Readonly<Record<string, number | null>>;

/** What happens to runs while a page is open. */
export type RunEvent =
  /** From now on everything is told: what was read before may be older. */
  | { readonly kind: 'ready' }
  /** A run is new, or another than before. */
  | { readonly kind: 'run'; readonly run: RunEntry }
  /** A run wrote a line of metrics. */
  | { readonly kind: 'line'; readonly run: string; readonly line: MetricLine }
  /** A run went back to an earlier step: its curves are to be read again. */
  | { readonly kind: 'restart'; readonly run: string }
  /** A run's folder is no longer there. */
  | { readonly kind: 'gone'; readonly run: string };

/** Metrics of an evaluation, and the training metric that stands in for each before there is one. */
const STAND_INS = { l0: 'metrics/l0', l1: 'metrics/l1', mse: 'losses/mse' } as const;

/** Name a metric of a validation among those of a run: `normalizedMse` is `valNormalizedMse`. */
export function validationName(metric: string): string {
  return `val${metric.charAt(0).toUpperCase()}${metric.slice(1)}`;
}

/** Tell whether a line of metrics holds a validation. */
export function isValidationLine(line: MetricLine): boolean {
  return 'val/mse' in line;
}

/** Give a run the numbers of a line of metrics, a step of training or a validation. */
export function withLine(run: RunEntry, line: MetricLine): RunEntry {
  if (isTrainingLine(line)) return withTrainingLine(run, line);
  if (!isValidationLine(line)) return run;
  const found = Object.entries(line).flatMap(([name, value]) => {
    const [, metric] = /^val\/(\w+)$/.exec(name) ?? [];
    if (metric === undefined || !Number.isFinite(value)) return [];
    const camel = metric.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [[validationName(camel), value as number] as const];
  });
  return { ...run, metrics: { ...run.metrics, ...Object.fromEntries(found) } };
}

/** Tell whether a line of metrics is a step of training: not an evaluation or an event alone. */
export function isTrainingLine(line: MetricLine): boolean {
  return 'losses/loss' in line;
}

/** Give a run the numbers of a line of training. */
export function withTrainingLine(run: RunEntry, line: MetricLine): RunEntry {
  if (!isTrainingLine(line)) return run;
  const own = Object.entries(run.metrics).filter(([name]) => !name.includes('/'));
  const validated = own.filter(([name]) => /^val[A-Z]/.test(name));
  const evaluated = run.metricsFrom === 'evaluation' ? own : [];
  const { step: _, time: __, ...logged } = line;
  const standIns = Object.entries(STAND_INS).map(([name, from]) => [name, logged[from]] as const);
  const numbers = [
    ...(evaluated.length === 0 ? [...standIns, ...validated] : evaluated),
    ...Object.entries(logged),
  ].filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  const rows = logged['progress/n_patches_seen'];
  return {
    ...run,
    metrics: Object.fromEntries(numbers),
    metricsFrom: run.metricsFrom === 'evaluation' ? 'evaluation' : 'training',
    ...(typeof rows === 'number' && { rows }),
  };
}

/** Every run of a page. */
export interface RunList {
  readonly version: number;
  readonly title: string;
  readonly runs: readonly RunEntry[];
}

/** The name of the list of runs. */
export const RUNS: Path<RunList> = path('runs');

/** The name of what is shown of a run once it is chosen. */
export function runPath(id: string): Path<RunPage> {
  return path('runs', id);
}

/** The name of the events of runs. */
export const RUN_EVENTS = 'runs';
