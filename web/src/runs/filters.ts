// Which runs are shown: those that fit the words, the choices and the settings that are asked for.
import type { RunEntry } from '../../../src/pages/run-page.ts';
import { settingText } from '../../../src/pages/run-settings.ts';
import type { RunsState, SettingFilter } from './runs-state.ts';

/** Runs that fit everything that is asked for. */
export function filteredRuns(
  runs: readonly RunEntry[],
  {
    query,
    tag,
    model,
    dataset,
    where,
  }: Pick<RunsState, 'query' | 'tag' | 'model' | 'dataset' | 'where'>,
): RunEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter(
    (run) =>
      (tag === '' || run.tag === tag) &&
      (model === '' || run.model === model) &&
      (dataset === '' || run.dataset === dataset) &&
      where.every((filter) => fits(run, filter)) &&
      (words.length === 0 || hasWords(run, words)),
  );
}

function fits({ settings }: RunEntry, { setting, is, between }: SettingFilter): boolean {
  const value = settings[setting];
  if (is !== undefined) return settingText(value) === is;
  if (between === undefined) return true;
  const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = between;
  return typeof value === 'number' && value >= low && value <= high;
}

/** Every word stands somewhere in what is said of a run; `lr=0.002` asks for a setting. */
function hasWords(run: RunEntry, words: readonly string[]): boolean {
  const said = [
    ...[run.name, run.folder, run.state, run.tag, run.model, run.dataset, run.started],
    ...Object.entries(run.settings).map(([name, value]) => `${name}=${settingText(value)}`),
  ];
  const text = said.join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What a setting can be filtered by: a range where it is a number of many values, else each of its values. */
export function choicesOf(
  runs: readonly RunEntry[],
  setting: string,
): { readonly isNumber: boolean; readonly values: readonly string[] } {
  const values = new Set(runs.map(({ settings }) => settings[setting]));
  const isNumber = [...values].every((value) => typeof value === 'number');
  const sorted = [...values].sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1,
  );
  return { isNumber, values: sorted.map(settingText) };
}

/** The different texts of a part of runs, in order, without the empty one. */
export function textsOf(runs: readonly RunEntry[], part: (run: RunEntry) => string): string[] {
  return [...new Set(runs.map(part))].filter(Boolean).sort();
}
