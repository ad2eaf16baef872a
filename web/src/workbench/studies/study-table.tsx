import { useMemo, useState } from 'react';
import type { StudyTable } from '../../../../src/pages/study-page.ts';
import { Scroller } from '../../shared/controls/scroller.tsx';
import { formatCount, formatValue } from '../../shared/format.ts';
import { hashOf } from '../address.ts';

/** Rows that are shown before more are asked for. */
const FIRST = 100;

type Cell = string | number | null;

/** A table of results: sorted by any column, its latents lead to their features. */
export function StudyTableView(props: { table: StudyTable; features: string | undefined }) {
  const { table, features } = props;
  const [sort, setSort] = useState<{ column: number; descending: boolean }>();
  const [isWhole, setWhole] = useState(table.rows.length <= FIRST);
  const rows = useMemo(() => {
    if (sort === undefined) return table.rows;
    const { column, descending } = sort;
    const sign = descending ? -1 : 1;
    return [...table.rows].sort((a, b) => compare(a[column]!, b[column]!, sign));
  }, [table, sort]);
  const shown = isWhole ? rows : rows.slice(0, FIRST);
  const by = (column: number): void =>
    setSort((now) => ({ column, descending: now?.column === column ? !now.descending : true }));
  return (
    <section className="study-results">
      <h2>{table.title}</h2>
      <p className="study-count">
        {table.file}: {formatCount(table.nRows)} rows
        {table.nRows > table.rows.length && `, the first ${formatCount(table.rows.length)} here`}
      </p>
      <Scroller className="study-scroll" label={table.title}>
        <table>
          <thead>
            <tr>
              {table.columns.map(({ name, kind }, column) => (
                <th
                  key={name}
                  scope="col"
                  data-kind={kind}
                  aria-sort={
                    sort?.column !== column
                      ? undefined
                      : sort.descending
                        ? 'descending'
                        : 'ascending'
                  }
                >
                  <button type="button" onClick={() => by(column)}>
                    {name.replaceAll('_', ' ')}
                    {sort?.column === column && (
                      <span aria-hidden="true">{sort.descending ? ' ↓' : ' ↑'}</span>
                    )}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.join('\t')}>
                {table.columns.map(({ name, kind }, i) => (
                  <td key={name} data-kind={kind}>
                    {kind === 'latent' && features !== undefined && row[i] !== null ? (
                      <a href={hashOf('features', features, `f=${row[i]}`)}>{row[i]}</a>
                    ) : (
                      textOf(row[i]!)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {!isWhole && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {formatCount(rows.length)} rows
        </button>
      )}
    </section>
  );
}

function textOf(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  return Number.isInteger(cell) ? formatCount(cell) : formatValue(cell);
}

/** Numbers by size, texts by their letters; what is missing comes last. */
function compare(a: Cell, b: Cell, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * String(a).localeCompare(String(b));
}
