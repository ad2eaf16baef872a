// A page's state, kept in the address: links can be shared, and Back works. A page that is one view of several has its state
// behind the `?` of `#/view/id?state`.
import { useSyncExternalStore } from 'react';

/** Change some of the state. */
export type ChangeState<State> = (change: Partial<State>) => void;

/** A page's state, kept in the address. */
export interface HashState<State> {
  read(): State;
  readonly change: ChangeState<State>;
  /** Call `notify` at every change; gives the function that ends it. */
  subscribe(notify: () => void): () => void;
}

/** Browsers refuse a page that writes its address too often, as a dragged slider would. */
const CALM = { writes: 50, windowMs: 10_000, delayMs: 250 };

/** The part of the address's hash that says which view is shown, with its `?`; empty for a page of one view. */
function viewOf(hash: string): string {
  return hash.startsWith('#/') ? `${hash.slice(1).split('?', 1)[0]}?` : '';
}

/** The part that says what a view shows. */
function stateOf(hash: string): string {
  return hash.startsWith('#/') ? hash.slice(1 + viewOf(hash).length) : hash;
}

/** The address of a state of the view that is shown, for links. */
export function addressOfState(text: string): string {
  const view = viewOf(location.hash);
  return `#${text === '' ? view.replace(/\?$/, '') : view + text}`;
}

/** Keep a state behind the address's #. A change that `isStep` is undone by Back. */
export function hashState<State extends object>(options: {
  parse: (hash: string) => State;
  format: (state: State) => string;
  isStep: (before: State, after: State) => boolean;
}): HashState<State> {
  const { parse, format, isStep } = options;
  const notifies = new Set<() => void>();
  let state: State | undefined;
  let waiting: number | undefined;
  let written: number[] = [];

  const read = (): State => {
    state ??= parse(stateOf(location.hash));
    return state;
  };
  const write = (method: 'pushState' | 'replaceState'): void => {
    clearTimeout(waiting);
    waiting = undefined;
    written.push(performance.now());
    history[method](null, '', addressOfState(format(read())));
  };
  const writeSoon = (): void => {
    const since = performance.now() - CALM.windowMs;
    written = written.filter((time) => time > since);
    if (written.length < CALM.writes) write('replaceState');
    else waiting ??= window.setTimeout(() => write('replaceState'), CALM.delayMs);
  };
  const onAddress = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
    state = keepEqual(read(), parse(stateOf(location.hash)));
    for (const notify of notifies) notify();
  };
  return {
    read,
    change(part) {
      const before = read();
      const after = { ...before, ...part };
      if (format(after) === format(before)) return;
      const step = isStep(before, after);
      if (step && waiting !== undefined) write('replaceState');
      state = after;
      if (step) write('pushState');
      else writeSoon();
      for (const notify of notifies) notify();
    },
    subscribe(notify) {
      if (notifies.size === 0) {
        window.addEventListener('hashchange', onAddress);
        // It may have changed since it was read, with nobody there to hear it.
        const now = parse(stateOf(location.hash));
        if (waiting === undefined && format(now) !== format(read())) state = keepEqual(read(), now);
      }
      notifies.add(notify);
      return () => {
        notifies.delete(notify);
        if (notifies.size > 0) return;
        window.removeEventListener('hashchange', onAddress);
        // The address belongs to whatever is shown next.
        clearTimeout(waiting);
        waiting = undefined;
        state = undefined;
      };
    },
  };
}

/** The state now, and the way to change it. */
export function useHashState<State>(state: HashState<State>): readonly [State, ChangeState<State>] {
  return [useSyncExternalStore(state.subscribe, state.read), state.change];
}

/** The state `after`, with every part that is as it was `before`: what is computed from it need not be computed again. */
function keepEqual<State extends object>(before: State, after: State): State {
  const kept = Object.entries(after).map(([name, value]) => {
    const old = before[name as keyof State];
    return [name, JSON.stringify(old) === JSON.stringify(value) ? old : value];
  });
  return Object.fromEntries(kept) as State;
}
