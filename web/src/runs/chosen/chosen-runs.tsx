import { memo, useMemo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { paddedDomain } from '../../shared/plot-scale.ts';
import { Curves } from '../curves/curves.tsx';
import type { HearRun } from '../live-runs.ts';
import { RunMark } from '../run-mark.tsx';
import type { ChangeRuns, RunsState } from '../runs-state.ts';
import { RunStateBadge } from '../table/run-state-badge.tsx';
import { Differences } from './differences.tsx';
import { LatentScatter } from './latent-scatter.tsx';
import { LimitFields } from './limit-fields.tsx';
import { type Latents, type LoadedRun, useRunPages } from './run-pages.ts';
import { SpreadChart } from './spread-chart.tsx';
import { binsFor, countIn, extentOf } from './spreads.ts';
import './chosen-runs.css';

/** Runs that are shown side by side at most. */
export const MOST_CHOSEN = 4;

/** Links to what else there is of a run: its features, say. */
export type LinksOf = (
  run: RunEntry,
) => readonly { readonly text: string; readonly href: string }[];

/** What the chosen runs are, side by side: their latents, their curves, and in what they differ. */
export function ChosenRuns(props: {
  source: PageSource;
  /** At most `MOST_CHOSEN`, in the order in which they are shown. */
  runs: readonly RunEntry[];
  state: RunsState;
  change: ChangeRuns;
  hear: (listener: HearRun) => () => void;
  linksOf: LinksOf | undefined;
}) {
  const { source, runs, state, change, hear, linksOf } = props;
  const loaded = useRunPages(source, runs, hear);
  const pages = useMemo(() => runs.map((run) => loaded.get(run.id)), [runs, loaded]);
  const { frequency, value, curve, isLogCurve } = state;
  const limits = useMemo(() => ({ frequency, value }), [frequency, value]);
  return (
    <>
      <AllLatents {...{ runs, pages, change, linksOf }} state={limits} />
      <Curves {...{ runs, pages, change, curve, isLogCurve }} />
      <Differences runs={runs} areAll={state.areAllSettings} change={change} />
    </>
  );
}

const AllLatents = memo(function AllLatents(props: {
  runs: readonly RunEntry[];
  pages: readonly (LoadedRun | undefined)[];
  state: Pick<RunsState, 'frequency' | 'value'>;
  change: ChangeRuns;
  linksOf: LinksOf | undefined;
}) {
  const { runs, pages, state, change, linksOf } = props;
  const latents = pages.map((loaded) => loaded?.latents);
  const known = latents.filter((each) => each !== undefined);
  // One scale for all, so that they can be compared.
  const scales = useMemo(() => scalesOf(known), [known[0], known[1], known[2], known[3]]);
  const { frequencies, values } = scales;
  return (
    <section className="chosen-latents" aria-labelledby="latents-title">
      <h3 id="latents-title">All latents</h3>
      {known.length > 0 && <LimitFields state={state} domain={scales.domain} change={change} />}
      <div className="chosen-columns">
        {runs.map((run, place) => {
          const own = latents[place];
          const at = own === undefined ? -1 : known.indexOf(own);
          return (
            <article key={run.id} aria-label={run.name}>
              <header>
                <h4>
                  <RunMark place={place} /> <span>{run.name}</span>
                </h4>
                <p>
                  <RunStateBadge run={run} />
                  {linksOf?.(run).map(({ text, href }) => (
                    <a key={href} href={href}>
                      {text}
                    </a>
                  ))}
                </p>
                {run.problem !== undefined && <p className="chosen-problem">{run.problem}</p>}
              </header>
              {own === undefined ? (
                <NoLatents run={run} loaded={pages[place]} />
              ) : (
                <>
                  <LatentScatter
                    name={run.name}
                    latents={own}
                    domain={scales.domain}
                    state={state}
                    change={change}
                  />
                  <SpreadChart
                    subject="frequency"
                    bins={scales.bins.frequency}
                    counts={frequencies[at]!}
                    dead={own.dead}
                    tallest={scales.tallest.frequency}
                  />
                  <SpreadChart
                    subject="mean value"
                    bins={scales.bins.value}
                    counts={values[at]!}
                    dead={own.dead}
                    tallest={scales.tallest.value}
                  />
                </>
              )}
            </article>
          );
        })}
      </div>
    </section>
  );
});

function NoLatents({ run, loaded }: { run: RunEntry; loaded: LoadedRun | undefined }) {
  if (loaded === undefined) return <p className="waiting">Reading…</p>;
  if (loaded.error !== undefined) return <p className="empty">{loaded.error}</p>;
  return (
    <p className="empty">
      {run.state === 'running'
        ? 'It is training: its latents are counted when it has finished.'
        : 'No evaluation was written, so nothing is known of its latents.'}
    </p>
  );
}

/** Scales, bins and counts that hold the latents of all runs. */
function scalesOf(all: readonly Latents[]) {
  const logs = {
    frequency: all.map((each) => each.frequency),
    value: all.map((each) => each.value),
  };
  const bins = { frequency: binsFor(logs.frequency), value: binsFor(logs.value) };
  const frequencies = logs.frequency.map((each) => countIn(bins.frequency, each));
  const values = logs.value.map((each) => countIn(bins.value, each));
  return {
    domain: {
      x: paddedDomain(...logs.frequency.map(extentOf)),
      y: paddedDomain(...logs.value.map(extentOf)),
    },
    bins,
    frequencies,
    values,
    tallest: {
      frequency: Math.max(1, ...frequencies.flat()),
      value: Math.max(1, ...values.flat()),
    },
  };
}
