import { useCallback, useMemo, useRef } from 'react';
import type { RunEntry } from '../../../src/pages/run-page.ts';
import { preferredMetric } from '../../../src/pages/run-settings.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { HelpButton } from '../shared/controls/help-dialog.tsx';
import { usePage } from '../shared/page.tsx';
import { ChosenRuns, type LinksOf, MOST_CHOSEN } from './chosen/chosen-runs.tsx';
import { metricsOf, tellingSettings } from './columns.ts';
import { colourBy, shapeBy, usualEncodings } from './encoding.ts';
import { filteredRuns } from './filters.ts';
import { useLiveRuns } from './live-runs.ts';
import { Legend } from './plot/legend.tsx';
import { MetricPlot } from './plot/metric-plot.tsx';
import { PlotChoices } from './plot/plot-choices.tsx';
import { useRunsState } from './runs-state.ts';
import { FilterBar } from './table/filter-bar.tsx';
import { RunTable } from './table/run-table.tsx';
import './runs-view.css';

export interface RunsViewProps {
  readonly source: PageSource;
  /** The run that the address names. */
  readonly id?: string | undefined;
  readonly linksOf?: LinksOf;
  /** What stands beside the help in the head of a page of its own. */
  readonly children?: React.ReactNode;
}

/** Runs: a table, two numbers against each other, and what chosen ones are made of. */
export function RunsView({ source, id, linksOf, children }: RunsViewProps) {
  const [state, change] = useRunsState();
  const { live, error, hear } = useLiveRuns(source);
  const chosen = useMemo(() => state.chosen ?? (id === undefined ? [] : [id]), [state.chosen, id]);
  // The same functions whatever is chosen, so that rows and dots that stay as they are need not be drawn again.
  const latest = useRef(chosen);
  latest.current = chosen;
  const choose = useCallback((ids: readonly string[]) => change({ chosen: ids }), [change]);
  const toggle = useCallback(
    (one: string) => {
      const now = latest.current;
      choose(now.includes(one) ? now.filter((each) => each !== one) : [...now, one]);
    },
    [choose],
  );
  const { search, openHelp, help } = usePage({
    shortcuts: [
      {
        keys: ['Escape'],
        meaning: 'choose none',
        run: chosen.length > 0 ? () => choose([]) : undefined,
      },
    ],
    searching: 'search the runs',
    about: <About />,
  });
  const all = live?.runs ?? NO_RUNS;
  const { query, tag, model, dataset, where } = state;
  const shown = useMemo(
    () => filteredRuns(all, { query, tag, model, dataset, where }),
    [all, query, tag, model, dataset, where],
  );
  const telling = useMemo(() => tellingSettings(all), [all]);
  const metrics = useMemo(() => metricsOf(all), [all]);
  const { isLogX, isLogY } = state;
  const x = state.x ?? preferredMetric(all, 'l0');
  const y = state.y ?? preferredMetric(all, 'mse');
  const axes = useMemo(() => ({ x, y, isLogX, isLogY }), [x, y, isLogX, isLogY]);
  const usual = usualEncodings(telling);
  const names = { colour: state.colour ?? usual.colour, shape: state.shape ?? usual.shape };
  // Of all runs, so that a filter changes no colour.
  const colour = useMemo(
    () => (names.colour === '' ? undefined : colourBy(all, names.colour)),
    [all, names.colour],
  );
  const shape = useMemo(
    () => (names.shape === '' ? undefined : shapeBy(all, names.shape)),
    [all, names.shape],
  );
  const found = useMemo(
    () => chosen.flatMap((one) => all.find((run) => run.id === one) ?? []),
    [all, chosen],
  );
  const looked = useMemo(() => inOrderOfL0(found).slice(0, MOST_CHOSEN), [found]);

  const head = (
    <header className="runs-head">
      <h1>{live === undefined ? 'Runs' : live.title}</h1>
      <div className="runs-buttons">
        {children}
        <HelpButton onClick={openHelp} />
      </div>
    </header>
  );
  if (live === undefined) {
    return (
      <main className="runs-view">
        {head}
        <p className={error === undefined ? 'waiting' : 'empty'}>
          {error === undefined ? 'Reading the runs…' : error}
        </p>
        {help}
      </main>
    );
  }
  if (all.length === 0) {
    return (
      <main className="runs-view">
        {head}
        <p className="empty">
          No runs yet. <code>saev train</code> makes one in the folder <code>runs</code>
          {source.kind === 'server' ? '; it appears here as soon as it has begun.' : '.'}
        </p>
        {help}
      </main>
    );
  }
  return (
    <main className="runs-view">
      {head}
      {error !== undefined && <p className="runs-stale">{error}</p>}
      <FilterBar {...{ all, state, change, telling }} runs={shown} searchRef={search} />
      <div className="runs-upper">
        <section className="runs-plot" aria-label="Two numbers of the runs">
          <PlotChoices
            {...{ change, metrics }}
            state={{ ...state, ...axes }}
            settings={telling}
            {...names}
          />
          <MetricPlot
            runs={shown}
            {...{ colour, shape, chosen }}
            state={axes}
            onChoose={choose}
            onToggle={toggle}
          />
          <Legend
            {...{ colour, shape }}
            runs={shown}
            hasOpen={shown.some(({ metricsFrom }) => metricsFrom === 'training')}
          />
        </section>
        {shown.length === 0 ? (
          <p className="empty">No run fits what is asked for.</p>
        ) : (
          <RunTable
            {...{ all, state, change, chosen }}
            runs={shown}
            onToggle={toggle}
            onChoose={choose}
          />
        )}
      </div>
      {looked.length === 0 ? (
        <p className="runs-hint">
          Choose runs, by their boxes, their dots or a rectangle about dots, to see their latents,
          their curves and in what they differ.
        </p>
      ) : (
        <section className="runs-chosen" aria-labelledby="chosen-title">
          <div className="runs-chosen-head">
            <h2 id="chosen-title">
              {looked.length === 1 ? looked[0]!.name : `${looked.length} runs by L0`}
            </h2>
            {found.length > looked.length && (
              <p>
                of {found.length} chosen: the {MOST_CHOSEN} of the lowest L0
              </p>
            )}
            <button type="button" className="quiet" onClick={() => choose([])}>
              Choose none
            </button>
          </div>
          <ChosenRuns runs={looked} {...{ source, state, change, hear, linksOf }} />
        </section>
      )}
      {help}
    </main>
  );
}

const NO_RUNS: readonly RunEntry[] = [];

/** Runs by their L0, lowest first; those that have none yet come last. */
function inOrderOfL0(runs: readonly RunEntry[]): RunEntry[] {
  const l0 = ({ metrics }: RunEntry): number => metrics.l0 ?? Number.MAX_VALUE;
  return runs.toSorted((a, b) => l0(a) - l0(b));
}

function About() {
  return (
    <p>
      Filled dots are runs with an evaluation, open ones show the last line of training. A click on
      a dot chooses its run, a rectangle all runs inside; with Shift they come to those that are
      chosen. Of the chosen, up to four are shown side by side, by L0: how often each latent fires
      against its mean value where it does, how both are spread, with dead latents apart, and the
      curves of training. Dragging over the latents of one run sets limits for all of them.
    </p>
  );
}
