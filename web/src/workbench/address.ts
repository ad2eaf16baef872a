// Which view is shown, as the beginning of the address's hash: `#/features/ID?…`; the view keeps its own state behind it.
import { useSyncExternalStore } from 'react';

/** Where the page is. */
export interface Place {
  readonly view: string;
  /** The entry that is looked at. */
  readonly id: string | undefined;
}

/** Read where a hash leads. */
export function placeOf(hash: string): Place {
  const [, view = '', id = ''] = hash.split('?', 1)[0]!.split('/');
  return { view, id: id === '' ? undefined : id };
}

/** The hash of a place; `state` is what the view keeps there. */
export function hashOf(view: string, id?: string, state?: string): string {
  const place = id === undefined ? `#/${view}` : `#/${view}/${id}`;
  return state === undefined || state === '' ? place : `${place}?${state}`;
}

/** The place now. */
export function usePlace(): Place {
  const text = useSyncExternalStore(subscribe, () => location.hash.split('?', 1)[0]!);
  return placeOf(text);
}

function subscribe(notify: () => void): () => void {
  window.addEventListener('hashchange', notify);
  return () => window.removeEventListener('hashchange', notify);
}
