import { memo } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { allColumns, shownColumns } from '../columns.ts';
import type { ChangeRuns } from '../runs-state.ts';
import './column-menu.css';

/** Which columns the table has. */
export const ColumnMenu = memo(function ColumnMenu(props: {
  all: readonly RunEntry[];
  columns: readonly string[] | undefined;
  change: ChangeRuns;
}) {
  const { all, columns, change } = props;
  const shown = shownColumns(all, columns).map(({ name }) => name);
  const every = allColumns(all);
  const toggle = (name: string): void => {
    const next = shown.includes(name)
      ? shown.filter((each) => each !== name)
      : every.map((each) => each.name).filter((each) => each === name || shown.includes(each));
    change({ columns: next });
  };
  return (
    <details className="column-menu">
      <summary>Columns</summary>
      <div>
        {every.map(({ name, title }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={shown.includes(name)}
              disabled={name === 'name'}
              onChange={() => toggle(name)}
            />
            {title}
          </label>
        ))}
        {columns !== undefined && (
          <button type="button" onClick={() => change({ columns: undefined })}>
            The usual ones
          </button>
        )}
      </div>
    </details>
  );
});
