// The runs of a page, kept as they are now while a server tells what happens to them.
import { useEffect, useRef, useState } from 'react';
import {
  RUN_EVENTS,
  RUN_PAGE_VERSION,
  RUNS,
  type RunEntry,
  type RunEvent,
  type RunList,
  withLine,
} from '../../../src/pages/run-page.ts';
import type { PageSource } from '../../../src/pages/source.ts';

/** The runs now. */
export interface LiveRuns {
  readonly title: string;
  readonly runs: readonly RunEntry[];
}

/** Hears of lines that runs write, and of those that went back. */
export type HearRun = (event: Extract<RunEvent, { kind: 'line' | 'restart' }>) => void;

export interface RunFeed {
  /** Undefined while it is being read. */
  readonly live: LiveRuns | undefined;
  readonly error: string | undefined;
  /** Hear of lines until the given function is called. */
  readonly hear: (listener: HearRun) => () => void;
}

/** Apply what happened to the runs. */
export function changedRuns(runs: readonly RunEntry[], event: RunEvent): readonly RunEntry[] {
  switch (event.kind) {
    case 'run': {
      const { run } = event;
      const isKnown = runs.some(({ id }) => id === run.id);
      return isKnown ? runs.map((each) => (each.id === run.id ? run : each)) : [...runs, run];
    }
    case 'line':
      return runs.map((run) => (run.id === event.run ? withLine(run, event.line) : run));
    case 'gone':
      return runs.filter(({ id }) => id !== event.run);
    default:
      return runs;
  }
}

/** Read the runs of a source, and follow them where it can tell of them. */
export function useLiveRuns(source: PageSource): RunFeed {
  const [live, setLive] = useState<LiveRuns>();
  const [error, setError] = useState<string>();
  const listeners = useRef(new Set<HearRun>());
  useEffect(() => {
    let isOpen = true;
    const read = async (): Promise<void> => {
      try {
        const list = checked(await source.get(RUNS));
        if (isOpen) setLive({ title: list.title, runs: list.runs });
        if (isOpen) setError(undefined);
      } catch (failure) {
        if (isOpen) setError((failure as Error).message);
      }
    };
    void read();
    const end = source.listen?.(({ name, data }) => {
      if (name !== RUN_EVENTS) return;
      const event = data as RunEvent;
      // What was read before the server told of everything may be older than what it tells.
      if (event.kind === 'ready') void read();
      else setLive((before) => before && { ...before, runs: changedRuns(before.runs, event) });
      if (event.kind === 'line' || event.kind === 'restart')
        for (const listener of listeners.current) listener(event);
    });
    return () => {
      isOpen = false;
      end?.();
    };
  }, [source]);
  const hear = useRef<RunFeed['hear']>((listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  });
  return { live, error, hear: hear.current };
}

function checked(list: RunList): RunList {
  if (list.version === RUN_PAGE_VERSION) return list;
  throw new Error(`This page reads runs of version ${RUN_PAGE_VERSION}, not ${list.version}.`);
}
