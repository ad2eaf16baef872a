import { memo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { differingSettings, settingText } from '../../../../src/pages/run-settings.ts';
import { Switch } from '../../shared/controls/switch.tsx';
import { metricColumn, metricsOf, startedText } from '../columns.ts';
import { RunMark } from '../run-mark.tsx';
import type { ChangeRuns } from '../runs-state.ts';
import './differences.css';

interface Line {
  readonly name: string;
  readonly text: (run: RunEntry) => string;
  readonly isNumber?: boolean;
}

/** What is said of runs besides their settings. */
const ABOUT: readonly Line[] = [
  { name: 'started', text: startedText },
  { name: 'tag', text: ({ tag }) => tag },
  { name: 'model', text: ({ model }) => model },
  { name: 'data', text: ({ dataset }) => dataset },
];

/** What chosen runs are: the numbers, and the settings in which they differ, or all of them. */
export const Differences = memo(function Differences(props: {
  runs: readonly RunEntry[];
  areAll: boolean;
  change: ChangeRuns;
}) {
  const { runs, change } = props;
  const isOne = runs.length === 1;
  const areAll = props.areAll || isOne;
  const every = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const differing = differingSettings(runs);
  const settings: Line[] = (areAll ? every : differing).map((name) => ({
    name,
    text: (run) => settingText(run.settings[name]),
  }));
  const about = ABOUT.filter(({ text }) => areAll || new Set(runs.map(text)).size > 1);
  const metrics: Line[] = metricsOf(runs)
    .filter((name) => areAll || !name.includes('/'))
    .map(metricColumn)
    .map(({ title, text }) => ({ name: title, text, isNumber: true }));
  return (
    <section className="differences" aria-labelledby="differences-title">
      <div className="differences-head">
        <h3 id="differences-title">{areAll ? 'Settings' : 'What differs'}</h3>
        {!isOne && (
          <Switch
            isOn={props.areAll}
            title="Also list what is the same in all of them"
            onSwitch={(areAllSettings) => change({ areAllSettings })}
          >
            All settings
          </Switch>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section className="differences-scroller" aria-label="Table of settings" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              {runs.map((run, place) => (
                <th key={run.id} scope="col">
                  <RunMark place={place} /> {run.name}
                </th>
              ))}
            </tr>
          </thead>
          <Lines lines={[...about, ...settings]} runs={runs} isMarked={areAll && !isOne} />
          <Lines lines={metrics} runs={runs} isMarked={false} />
        </table>
      </section>
      {!areAll && about.length + settings.length === 0 && (
        <p className="differences-none">Nothing: they have the same settings.</p>
      )}
    </section>
  );
});

function Lines(props: {
  lines: readonly Line[];
  runs: readonly RunEntry[];
  /** Whether lines that differ are marked among the others. */
  isMarked: boolean;
}) {
  const { lines, runs, isMarked } = props;
  return (
    <tbody>
      {lines.map(({ name, text, isNumber }) => (
        <tr key={name} data-differs={(isMarked && new Set(runs.map(text)).size > 1) || undefined}>
          <th scope="row">{name}</th>
          {runs.map((run) => (
            <td key={run.id} data-number={isNumber}>
              {text(run) || '–'}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
