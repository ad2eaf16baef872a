// What the table of runs can show: names, settings and metrics, each with how it is read and ordered.
import type { RunEntry } from '../../../src/pages/run-page.ts';
import {
  differingSettings,
  METRIC_WORDS,
  metricName,
  settingText,
  usualMetrics,
} from '../../../src/pages/run-settings.ts';
import { formatCount, formatValue } from '../shared/format.ts';

/** A column of the table. */
export interface Column {
  /** Its name in the address. */
  readonly name: string;
  readonly title: string;
  readonly about?: string;
  readonly isNumber?: boolean;
  /** What it is ordered by; undefined where a run has nothing. */
  value(run: RunEntry): string | number | undefined;
  text(run: RunEntry): string;
}

const words = (name: string, title: string, value: (run: RunEntry) => string): Column => ({
  name,
  title,
  value: (run) => value(run) || undefined,
  text: value,
});

/** When a run began, to the minute. */
export function startedText({ started }: RunEntry): string {
  return started.slice(0, 16).replace('T', ' ');
}

const OWN: readonly Column[] = [
  words('name', 'Run', ({ name }) => name),
  words('started', 'Started', startedText),
  words('state', 'State', ({ state }) => state),
  words('tag', 'Tag', ({ tag }) => tag),
  words('model', 'Model', ({ model }) => model),
  words('dataset', 'Data', ({ dataset }) => dataset),
];

/** A setting as a column. */
export function settingColumn(setting: string): Column {
  return {
    name: `s.${setting}`,
    title: setting,
    value({ settings }) {
      const value = settings[setting];
      return value === undefined || value === null || typeof value === 'number'
        ? (value ?? undefined)
        : String(value);
    },
    text: ({ settings }) => settingText(settings[setting]),
  };
}

/** A metric as a column. */
export function metricColumn(metric: string): Column {
  return {
    name: metric,
    title: metricName(metric),
    about: METRIC_WORDS[metric]?.about,
    isNumber: true,
    value: ({ metrics }) => metrics[metric],
    text: ({ metrics }) => {
      const value = metrics[metric];
      if (value === undefined) return '–';
      return Number.isInteger(value) ? formatCount(value) : formatValue(value);
    },
  };
}

/** Metrics that some run has: those of evaluations first. */
export function metricsOf(runs: readonly RunEntry[]): string[] {
  const found = new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)));
  const known = Object.keys(METRIC_WORDS).filter((name) => found.has(name));
  return [...known, ...[...found].filter((name) => !known.includes(name)).sort()];
}

/** Settings that tell runs apart and are not said by another column. */
export function tellingSettings(runs: readonly RunEntry[]): string[] {
  const differing = differingSettings(runs);
  // The width in latents says what the factor says, whatever the width of the rows.
  const said = new Set([
    'tag',
    'runRoot',
    ...(differing.includes('sae.dSae') ? ['sae.expFactor'] : []),
  ]);
  return differing.filter((name) => !said.has(name));
}

/** Settings that are shown without being asked for. */
const USUAL_SETTINGS = 4;

/** Every column that the table of these runs can have. */
export function allColumns(runs: readonly RunEntry[]): Column[] {
  const settings = new Set(runs.flatMap((run) => Object.keys(run.settings)));
  return [...OWN, ...[...settings].map(settingColumn), ...metricsOf(runs).map(metricColumn)];
}

/** The columns that are shown: those that are asked for, or those that tell the runs apart. */
export function shownColumns(
  runs: readonly RunEntry[],
  asked: readonly string[] | undefined,
): Column[] {
  const all = allColumns(runs);
  if (asked !== undefined) {
    return asked.flatMap((name) => all.find((column) => column.name === name) ?? []);
  }
  const varies = ({ value }: Column): boolean => new Set(runs.map(value)).size > 1;
  const own = OWN.filter(
    (column) => column.name === 'name' || column.name === 'state' || varies(column),
  );
  const [name, state, ...others] = own.filter((column) => column.name !== 'started');
  return [
    name!,
    state!,
    ...usualMetrics(runs).map(metricColumn),
    ...others,
    ...tellingSettings(runs).slice(0, USUAL_SETTINGS).map(settingColumn),
  ];
}

/** Order runs by a column; those that have nothing there come last, whichever way. */
export function sortedRuns(
  runs: readonly RunEntry[],
  { name, descending }: { readonly name: string; readonly descending: boolean },
): RunEntry[] {
  const column = allColumns(runs).find((each) => each.name === name) ?? OWN[1]!;
  const keys = new Map(runs.map((run) => [run, column.value(run)]));
  const sign = descending ? -1 : 1;
  return runs.toSorted((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x === undefined || y === undefined)
      return Number(x === undefined) - Number(y === undefined) || compare(a.id, b.id);
    if (typeof x === 'number' && typeof y === 'number')
      return sign * (x - y) || compare(a.id, b.id);
    return sign * compare(String(x), String(y)) || compare(a.id, b.id);
  });
}

/** Made once: making it takes longer than a hundred comparisons. */
const { compare } = new Intl.Collator('en', { numeric: true });
