import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { Scroller } from '../../shared/controls/scroller.tsx';
import { type Column, shownColumns, sortedRuns } from '../columns.ts';
import { type ChangeRuns, fallsAtFirst, type RunsState } from '../runs-state.ts';
import { RunStateBadge } from './run-state-badge.tsx';
import './run-table.css';

/** More runs than this, and only those on the screen exist. */
const MANY = 200;
const ROW = 36;

interface TableProps {
  /** All runs: columns do not come and go with a filter. */
  readonly all: readonly RunEntry[];
  readonly runs: readonly RunEntry[];
  readonly state: RunsState;
  readonly change: ChangeRuns;
  readonly chosen: readonly string[];
  readonly onToggle: (id: string) => void;
  readonly onChoose: (ids: readonly string[]) => void;
}

/** Runs as a table: sorted by any column, chosen by their boxes. */
export function RunTable(props: TableProps) {
  const { all, runs, state, change, chosen, onToggle, onChoose } = props;
  const scroller = useRef<HTMLElement>(null);
  const { sort: name, descending } = state;
  const columns = useMemo(() => shownColumns(all, state.columns), [all, state.columns]);
  const sorted = useMemo(() => sortedRuns(runs, { name, descending }), [runs, name, descending]);
  const isMany = sorted.length > MANY;
  const rows = useVirtualizer({
    count: sorted.length,
    enabled: isMany,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = isMany ? rows.getVirtualItems() : [];
  const before = items[0]?.start ?? 0;
  const behind = isMany ? rows.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  const shown = isMany ? items.map(({ index }) => sorted[index]!) : sorted;
  const areAll = sorted.length > 0 && sorted.every(({ id }) => chosen.includes(id));
  return (
    <Scroller className="run-table" label="Table of runs" boxRef={scroller}>
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          <tr>
            <th scope="col" className="run-box">
              <input
                type="checkbox"
                aria-label="Choose all"
                checked={areAll}
                onChange={() => onChoose(areAll ? [] : sorted.map(({ id }) => id))}
              />
            </th>
            {columns.map((column) => (
              <SortHead key={column.name} {...{ column, state, change }} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} columns={columns.length + 1} />}
          {shown.map((run) => (
            <RunRow
              key={run.id}
              isChosen={chosen.includes(run.id)}
              {...{ run, columns, onToggle }}
            />
          ))}
          {behind > 0 && <Spacer height={behind} columns={columns.length + 1} />}
        </tbody>
      </table>
    </Scroller>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td className="run-spacer" colSpan={columns} style={{ height }} />
    </tr>
  );
}

function SortHead(props: { column: Column; state: RunsState; change: ChangeRuns }) {
  const { column, state, change } = props;
  const isSorted = state.sort === column.name;
  const { descending } = state;
  return (
    <th
      scope="col"
      className={column.isNumber ? 'number' : undefined}
      aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : undefined}
      title={column.about}
    >
      <button
        type="button"
        onClick={() =>
          change({
            sort: column.name,
            descending: isSorted ? !descending : fallsAtFirst(column.name),
          })
        }
      >
        {column.title}
        {isSorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

const RunRow = memo(function RunRow(props: {
  run: RunEntry;
  columns: readonly Column[];
  isChosen: boolean;
  onToggle: (id: string) => void;
}) {
  const { run, columns, isChosen, onToggle } = props;
  return (
    <tr
      data-chosen={isChosen || undefined}
      onClick={(event) => {
        if ((event.target as Element).closest('input, a') === null) onToggle(run.id);
      }}
    >
      <td className="run-box">
        <input
          type="checkbox"
          aria-label={`Choose ${run.name}`}
          checked={isChosen}
          onChange={() => onToggle(run.id)}
        />
      </td>
      {columns.map((column) =>
        column.name === 'name' ? (
          <th key="name" scope="row" title={run.problem ?? `${run.name}\n${run.folder}`}>
            <bdi>{run.name}</bdi>
            {run.problem !== undefined && <small>{run.problem}</small>}
          </th>
        ) : (
          <td key={column.name} className={column.isNumber ? 'number' : undefined}>
            {column.name === 'state' ? (
              <RunStateBadge run={run} />
            ) : (
              <span title={column.text(run)} data-last={isFromTraining(run, column) || undefined}>
                {column.text(run)}
              </span>
            )}
          </td>
        ),
      )}
    </tr>
  );
});

/** Whether a number stands in for that of an evaluation. */
function isFromTraining(run: RunEntry, { name, isNumber }: Column): boolean {
  return isNumber === true && run.metricsFrom === 'training' && run.metrics[name] !== undefined;
}
