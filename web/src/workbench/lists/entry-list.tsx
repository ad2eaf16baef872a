import type { ReactNode } from 'react';
import type { Entry } from '../../../../src/pages/catalogue.ts';
import { hashOf } from '../address.ts';
import './entry-list.css';

/** Things of one kind as a list: each with the way to it, or the reason that there is none. */
export function EntryList<E extends Entry>(props: {
  /** The view that shows one; absent where there is none. */
  view?: string | undefined;
  entries: readonly E[];
  about: (entry: E) => ReactNode;
  /** Other views that show something of one. */
  ways?: ((entry: E) => ReactNode) | undefined;
}) {
  const { view, entries, about, ways } = props;
  return (
    <ul className="entry-list">
      {entries.map((entry) => {
        const { id, title, fault } = entry;
        return (
          <li key={id}>
            {fault === undefined && view !== undefined ? (
              <a href={hashOf(view, id)} dir="auto">
                {title}
              </a>
            ) : (
              <b dir="auto">{title}</b>
            )}
            <span className="entry-about">
              {fault === undefined ? about(entry) : `cannot be shown: ${fault}`}
            </span>
            {fault === undefined && ways?.(entry)}
          </li>
        );
      })}
    </ul>
  );
}

/** The folder that holds an entry, where its title says the rest. */
export function folderOf({ folder, title }: Entry): string {
  const above = folder.endsWith(`/${title}`) ? folder.slice(0, -title.length - 1) : folder;
  return above === title ? '' : above;
}
