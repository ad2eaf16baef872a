// A choice that the browser keeps from one visit to the next.
import { useSyncExternalStore } from 'react';

export interface KeptChoice<Value extends string> {
  read(): Value;
  choose(value: Value): void;
  /** Call `notify` at every change; gives the function that ends it. */
  subscribe(notify: () => void): () => void;
}

/** Keep one of `values` under a name: the first until another is chosen. */
export function keptChoice<Value extends string>(
  name: string,
  values: readonly [Value, ...Value[]],
): KeptChoice<Value> {
  const key = `saev-${name}`;
  const notifies = new Set<() => void>();
  let chosen: Value | undefined;
  const remembered = (): Value => {
    try {
      const kept = localStorage.getItem(key);
      return values.find((value) => value === kept) ?? values[0];
    } catch {
      return values[0];
    }
  };
  return {
    read() {
      chosen ??= remembered();
      return chosen;
    },
    choose(value) {
      chosen = value;
      try {
        localStorage.setItem(key, value);
      } catch {
        // A browser may refuse storage to files; the choice then lasts as long as the page.
      }
      for (const notify of notifies) notify();
    },
    subscribe(notify) {
      notifies.add(notify);
      return () => notifies.delete(notify);
    },
  };
}

/** The choice now, and the way to change it. */
export function useKeptChoice<Value extends string>(
  choice: KeptChoice<Value>,
): readonly [Value, (value: Value) => void] {
  return [useSyncExternalStore(choice.subscribe, choice.read), choice.choose];
}
