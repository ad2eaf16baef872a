import type { RefObject } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { SearchField } from '../../shared/controls/search-field.tsx';
import { formatCount } from '../../shared/format.ts';
import { textsOf } from '../filters.ts';
import { type ChangeRuns, NO_FILTER, type RunsState } from '../runs-state.ts';
import { ColumnMenu } from './column-menu.tsx';
import { SettingFilters } from './setting-filters.tsx';
import './filter-bar.css';

/** Which runs are shown: by words, tag, model, data and any setting; and which columns. */
export function FilterBar(props: {
  all: readonly RunEntry[];
  runs: readonly RunEntry[];
  state: RunsState;
  change: ChangeRuns;
  telling: readonly string[];
  searchRef: RefObject<HTMLInputElement | null>;
}) {
  const { all, runs, state, change, telling, searchRef } = props;
  const { query, tag, model, dataset, where } = state;
  const isFiltered =
    query !== '' || tag !== '' || model !== '' || dataset !== '' || where.length > 0;
  return (
    <div className="run-filters">
      <SearchField
        fieldRef={searchRef}
        name="Search runs"
        placeholder="Search runs, or sae.kind=relu"
        query={query}
        onChange={(text) => change({ query: text })}
        onEnter={() => searchRef.current?.blur()}
      />
      <TextChoice
        name="Tag"
        value={tag}
        runs={all}
        part={(run) => run.tag}
        onChoose={(value) => change({ tag: value })}
      />
      <TextChoice
        name="Model"
        value={model}
        runs={all}
        part={(run) => run.model}
        onChoose={(value) => change({ model: value })}
      />
      <TextChoice
        name="Data"
        value={dataset}
        runs={all}
        part={(run) => run.dataset}
        onChoose={(value) => change({ dataset: value })}
      />
      <SettingFilters runs={all} where={where} telling={telling} change={change} />
      <ColumnMenu all={all} columns={state.columns} change={change} />
      <p className="run-count" aria-live="polite">
        {isFiltered ? `${formatCount(runs.length)} of ` : ''}
        {formatCount(all.length)} {all.length === 1 ? 'run' : 'runs'}
      </p>
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => change(NO_FILTER)}>
          Show all
        </button>
      )}
    </div>
  );
}

/** Nothing where all runs have the same. */
function TextChoice(props: {
  name: string;
  value: string;
  runs: readonly RunEntry[];
  part: (run: RunEntry) => string;
  onChoose: (value: string) => void;
}) {
  const { name, value, runs, part, onChoose } = props;
  if (value === '' && new Set(runs.map(part)).size < 2) return null;
  const values = textsOf(runs, part);
  const all = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <select aria-label={name} value={value} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{name}: all</option>
      {all.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}
