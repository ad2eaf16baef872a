// What was found, read again when a run begins, ends or goes.
import { useEffect, useState } from 'react';
import { CATALOGUE, type Catalogue } from '../../../src/pages/catalogue.ts';
import { RUN_EVENTS, type RunEvent } from '../../../src/pages/run-page.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import type { Loaded } from '../shared/use-loaded.ts';

/** Milliseconds in which more may happen before it is read again. */
const PAUSE = 300;

/** The catalogue as it is now, while somebody looks at the page; undefined until it is there. */
export function useLiveCatalogue(source: PageSource): Loaded<Catalogue> {
  const [loaded, setLoaded] = useState<Loaded<Catalogue>>();
  useEffect(() => {
    let isOpen = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end: (() => void) | undefined;
    const read = (): void => {
      source.get(CATALOGUE).then(
        (value) =>
          isOpen && setLoaded((before) => (isSame(before?.value, value) ? before : { value })),
        // What was there stays while a server does not answer.
        (error: Error) => isOpen && setLoaded((before) => before ?? { error: error.message }),
      );
    };
    const soon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(read, PAUSE);
    };
    // A page behind others keeps no connection: browsers allow few to a server.
    const follow = (): void => {
      end?.();
      end = document.hidden
        ? undefined
        : source.listen?.(({ name, data }) => {
            const happened = name === RUN_EVENTS ? (data as RunEvent).kind : undefined;
            if (happened === 'run' || happened === 'gone' || happened === 'ready') soon();
          });
    };
    read();
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      isOpen = false;
      clearTimeout(timer);
      end?.();
      document.removeEventListener('visibilitychange', follow);
    };
  }, [source]);
  return loaded;
}

function isSame(before: Catalogue | undefined, now: Catalogue): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now);
}
