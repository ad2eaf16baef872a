import { useCallback, useSyncExternalStore } from 'react';
import { formatState, parseState, type ViewState } from './view-state.ts';

/** Change some of the state. A change of what is looked at is a step for Back; the rest is not. */
export type ChangeView = (change: Partial<ViewState>) => void;

/** The page's state, kept in the address. */
export function useViewState(): [ViewState, ChangeView] {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  const change = useCallback<ChangeView>((part) => {
    const before = parseState(location.hash);
    const after = { ...before, ...part };
    const text = formatState(after);
    if (text === formatState(before)) return;
    const opens =
      after.view !== before.view || (after.latent === undefined) !== (before.latent === undefined);
    history[opens ? 'pushState' : 'replaceState'](null, '', `#${text}`);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }, []);
  return [cached(hash), change];
}

let last: { hash: string; state: ViewState } | undefined;

/** The same state object for the same address, so that effects run only when something changed. */
function cached(hash: string): ViewState {
  if (last?.hash !== hash) last = { hash, state: parseState(hash) };
  return last.state;
}

function subscribe(notify: () => void): () => void {
  window.addEventListener('hashchange', notify);
  return () => window.removeEventListener('hashchange', notify);
}
