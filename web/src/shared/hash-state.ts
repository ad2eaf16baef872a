import { useSyncExternalStore } from 'react';

/** Change some of the state. */
export type ChangeState<State> = (change: Partial<State>) => void;

/** A page's state, kept in the address. */
export interface HashState<State> {
  /** The same address gives the same object. */
  read(): State;
  readonly change: ChangeState<State>;
}

/** Keep a state behind the address's #. A change that `isStep` is undone by Back. */
export function hashState<State extends object>(options: {
  parse: (hash: string) => State;
  format: (state: State) => string;
  isStep: (before: State, after: State) => boolean;
}): HashState<State> {
  const { parse, format, isStep } = options;
  let last: { hash: string; state: State } | undefined;
  const read = (): State => {
    const { hash } = location;
    if (last?.hash !== hash) last = { hash, state: parse(hash) };
    return last.state;
  };
  const change: ChangeState<State> = (part) => {
    const before = read();
    const after = { ...before, ...part };
    const text = format(after);
    if (text === format(before)) return;
    history[isStep(before, after) ? 'pushState' : 'replaceState'](null, '', `#${text}`);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  };
  return { read, change };
}

/** The state now, and the way to change it. */
export function useHashState<State>(state: HashState<State>): readonly [State, ChangeState<State>] {
  return [useSyncExternalStore(subscribe, state.read), state.change];
}

function subscribe(notify: () => void): () => void {
  window.addEventListener('hashchange', notify);
  return () => window.removeEventListener('hashchange', notify);
}
