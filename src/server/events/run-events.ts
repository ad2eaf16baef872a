// Events of runs for many listeners: the runs are looked at once for all, and only while somebody listens.
import type { RunEvent } from '../../pages/run-page.ts';
import { type WatchRunsOptions, watchRuns } from '../../training/comparing/watch-runs.ts';

/** Hears of events. */
export type RunListener = (event: RunEvent) => void;

/** Where listeners come and go. */
export interface RunEvents {
  /** Listen, from `ready` on; gives the function that ends it. */
  listen(listener: RunListener): () => void;
}

/** Watch runs while anybody listens. */
export function openRunEvents(options: WatchRunsOptions): RunEvents {
  const listeners = new Set<RunListener>();
  let watching: { readonly end: AbortController; isReady: boolean } | undefined;
  const begin = (): void => {
    const end = new AbortController();
    const now = { end, isReady: false };
    watching = now;
    const signal = options.signal ? AbortSignal.any([end.signal, options.signal]) : end.signal;
    void (async () => {
      for await (const event of watchRuns({ ...options, signal })) {
        if (watching !== now) return;
        if (event.kind === 'ready') now.isReady = true;
        for (const listener of listeners) listener(event);
      }
    })();
  };
  return {
    listen(listener) {
      listeners.add(listener);
      if (watching === undefined) begin();
      else if (watching.isReady) listener({ kind: 'ready' });
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        watching?.end.abort();
        watching = undefined;
      };
    },
  };
}
