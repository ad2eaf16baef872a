import { useMemo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { paddedDomain, type Range } from '../../shared/plot-scale.ts';
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
import { binsFor, countIn } from './spreads.ts';
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
  const pages = runs.map((run) => loaded.get(run.id));
  return (
    <>
      <AllLatents {...{ runs, pages, state, change, linksOf }} />
      <Curves {...{ runs, pages, state, change }} />
      <Differences
        runs={runs}
        areAll={state.areAllSettings}
        onSwitch={(areAllSettings) => change({ areAllSettings })}
      />
    </>
  );
}

function AllLatents(props: {
  runs: readonly RunEntry[];
  pages: readonly (LoadedRun | undefined)[];
  state: RunsState;
  change: ChangeRuns;
  linksOf: LinksOf | undefined;
}) {
  const { runs, pages, state, change, linksOf } = props;
  const latents = pages.map((loaded) => loaded?.latents);
  const known = latents.filter((each) => each !== undefined);
  // One scale for all, so that they can be compared.
  const scales = useMemo(() => scalesOf(known), [known[0], known[1], known[2], known[3]]);
  const tallest = (counts: readonly (readonly number[])[]): number =>
    Math.max(1, ...counts.map((each) => Math.max(...each)));
  const frequencies = scales.counts.map(({ frequency }) => frequency);
  const values = scales.counts.map(({ value }) => value);
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
                    tallest={tallest(frequencies)}
                  />
                  <SpreadChart
                    subject="mean value"
                    bins={scales.bins.value}
                    counts={values[at]!}
                    dead={own.dead}
                    tallest={tallest(values)}
                  />
                </>
              )}
            </article>
          );
        })}
      </div>
    </section>
  );
}

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
function scalesOf(all: readonly Latents[]): {
  readonly domain: { readonly x: Range; readonly y: Range };
  readonly bins: Readonly<Record<'frequency' | 'value', ReturnType<typeof binsFor>>>;
  readonly counts: readonly { readonly frequency: number[]; readonly value: number[] }[];
} {
  const frequencies = all.map(({ frequency }) => frequency);
  const values = all.map(({ value }) => value);
  const bins = { frequency: binsFor(frequencies), value: binsFor(values) };
  return {
    domain: { x: paddedDomain([...finite(frequencies)]), y: paddedDomain([...finite(values)]) },
    bins,
    counts: all.map(({ frequency, value }) => ({
      frequency: countIn(bins.frequency, frequency),
      value: countIn(bins.value, value),
    })),
  };
}

function* finite(all: readonly Float32Array[]): Generator<number> {
  for (const values of all) for (const value of values) if (Number.isFinite(value)) yield value;
}
