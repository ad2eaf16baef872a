import type { ReactNode } from 'react';
import type { Entry } from '../../../../src/pages/catalogue.ts';
import { EntryList } from './entry-list.tsx';
import './choice.css';

/** Things of one kind to choose from, each with the way to it or the reason that there is none. */
export function Choice<E extends Entry>(props: {
  view: string;
  title: string;
  entries: readonly E[];
  about: (entry: E) => ReactNode;
  /** What to do when there is nothing. */
  empty: ReactNode;
  /** Below the list. */
  after?: ReactNode;
}) {
  const { view, title, entries, about, empty, after } = props;
  return (
    <main className="entries-choice">
      <section>
        <h1>
          {title} {entries.length > 0 && <span className="choice-count">{entries.length}</span>}
        </h1>
        {entries.length === 0 ? (
          <p className="empty">{empty}</p>
        ) : (
          <EntryList {...{ view, entries, about }} />
        )}
      </section>
      {after}
    </main>
  );
}
