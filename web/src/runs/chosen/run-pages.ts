// What is shown of chosen runs: read once each, and kept growing while they train.
import { useEffect, useRef, useState } from 'react';
import { unpackFloats } from '../../../../src/pages/features/columns.ts';
import {
  type MetricLine,
  RUN_PAGE_VERSION,
  type RunCurve,
  type RunEntry,
  type RunPage,
  runPath,
} from '../../../../src/pages/run-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import type { HearRun } from '../live-runs.ts';

/** All latents of a run, decimal logarithms. */
export interface Latents {
  readonly dead: number;
  /** −∞ for dead ones. */
  readonly frequency: Float32Array;
  /** NaN where there is none. */
  readonly value: Float32Array;
}

/** What has become of a run's page. */
export interface LoadedRun {
  readonly page?: RunPage;
  readonly latents?: Latents;
  readonly error?: string;
}

/** Curves with a line more. Lines that were known already change nothing. */
export function grownCurves(curves: readonly RunCurve[], line: MetricLine): readonly RunCurve[] {
  const { step, time: _, ...numbers } = line;
  if (typeof step !== 'number') return curves;
  const grown = new Map(curves.map((curve) => [curve.metric, curve]));
  for (const [metric, value] of Object.entries(numbers)) {
    const curve = grown.get(metric) ?? { metric, steps: [], values: [], points: 0 };
    if (step <= (curve.steps.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
    grown.set(metric, {
      metric,
      steps: [...curve.steps, step],
      values: [...curve.values, value],
      points: curve.points + 1,
    });
  }
  return [...grown.values()];
}

/** Load the pages of runs, given by their ids; those that train are kept as they are now. */
export function useRunPages(
  source: PageSource,
  runs: readonly RunEntry[],
  hear: (listener: HearRun) => () => void,
): ReadonlyMap<string, LoadedRun> {
  const [loaded, setLoaded] = useState<ReadonlyMap<string, LoadedRun>>(new Map());
  const ids = runs.map(({ id }) => id);
  // A run that has finished has latents that it had not before.
  const stages = runs.map(({ id, state, metricsFrom }) => `${id} ${state} ${metricsFrom}`);
  const read = useRef<ReadonlySet<string>>(new Set());
  const key = stages.join(',');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which runs are asked for
  useEffect(() => {
    const put = (id: string, run: LoadedRun): void =>
      setLoaded((before) => new Map(before).set(id, run));
    const load = (id: string): void => {
      source
        .get(runPath(id))
        .then(opened)
        .then(
          (run) => put(id, run),
          (error: Error) => put(id, { error: error.message }),
        );
    };
    // Those that were chosen before are known, and were heard since.
    const isKnown = (i: number): boolean => read.current.has(stages[i]!) && loaded.has(ids[i]!);
    ids.forEach((id, i) => {
      if (!isKnown(i)) load(id);
    });
    read.current = new Set(stages);
    return hear((event) => {
      if (!ids.includes(event.run)) return;
      if (event.kind === 'restart') return load(event.run);
      setLoaded((before) => {
        const known = before.get(event.run);
        if (known?.page === undefined) return before;
        const page = { ...known.page, curves: grownCurves(known.page.curves, event.line) };
        return new Map(before).set(event.run, { ...known, page });
      });
    });
  }, [source, key, hear]);
  return loaded;
}

function opened(page: RunPage): LoadedRun {
  if (page.version !== RUN_PAGE_VERSION)
    return { error: `This page reads runs of version ${RUN_PAGE_VERSION}, not ${page.version}.` };
  const { latents } = page;
  if (latents === undefined) return { page };
  const [frequency, value] = [unpackFloats(latents.logFrequency), unpackFloats(latents.logValue)];
  return { page, latents: { dead: latents.dead, frequency, value } };
}
