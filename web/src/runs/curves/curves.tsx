import { memo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import type { LoadedRun } from '../chosen/run-pages.ts';
import { RunMark } from '../run-mark.tsx';
import type { ChangeRuns, RunsState } from '../runs-state.ts';
import { type ChosenCurve, CurvePlot } from './curve-plot.tsx';
import './curves.css';

/** The metric that is shown first. */
const USUAL = 'losses/loss';

/** A metric of the chosen runs over their training. */
export const Curves = memo(function Curves(props: {
  runs: readonly RunEntry[];
  pages: readonly (LoadedRun | undefined)[];
  curve: RunsState['curve'];
  isLogCurve: boolean;
  change: ChangeRuns;
}) {
  const { runs, pages, isLogCurve, change } = props;
  const metrics = [
    ...new Set(pages.flatMap((page) => page?.page?.curves.map(({ metric }) => metric) ?? [])),
  ].sort();
  if (metrics.length === 0) {
    const isReading = pages.some((page) => page === undefined);
    return (
      <section className="curves" aria-labelledby="curves-title">
        <h3 id="curves-title">Training</h3>
        <p className="empty">{isReading ? 'Reading…' : 'No metrics were written.'}</p>
      </section>
    );
  }
  const asked = props.curve ?? USUAL;
  const metric = metrics.includes(asked) ? asked : metrics[0]!;
  const curves: ChosenCurve[] = runs.flatMap(({ id, name }, place) => {
    const curve = pages[place]?.page?.curves.find((each) => each.metric === metric);
    return curve === undefined ? [] : [{ id, name, place, curve }];
  });
  return (
    <section className="curves" aria-labelledby="curves-title">
      <div className="curves-head">
        <h3 id="curves-title">Training</h3>
        <label>
          <span>Metric</span>
          <select value={metric} onChange={(event) => change({ curve: event.target.value })}>
            {metrics.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          aria-pressed={isLogCurve}
          aria-label="log: a logarithmic axis for the curves"
          title="Logarithmic axis"
          onClick={() => change({ isLogCurve: !isLogCurve })}
        >
          log
        </button>
        <ul>
          {runs.map(({ id, name }, place) => (
            <li key={id}>
              <RunMark place={place} /> {name}
            </li>
          ))}
        </ul>
      </div>
      <CurvePlot metric={metric} curves={curves} isLog={isLogCurve} />
    </section>
  );
});
