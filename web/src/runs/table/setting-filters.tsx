import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { choicesOf } from '../filters.ts';
import { type ChangeRuns, numberOf, type SettingFilter } from '../runs-state.ts';
import './setting-filters.css';

/** More values of a number than this, and a range is asked for. */
const LISTED = 8;

/** Filters by settings: each with its values or a range, and a choice that adds one more. */
export function SettingFilters(props: {
  runs: readonly RunEntry[];
  where: readonly SettingFilter[];
  /** Settings that tell runs apart. */
  telling: readonly string[];
  change: ChangeRuns;
}) {
  const { runs, where, telling, change } = props;
  const others = telling.filter((name) => !where.some(({ setting }) => setting === name));
  const put = (filter: SettingFilter): void =>
    change({ where: where.map((each) => (each.setting === filter.setting ? filter : each)) });
  return (
    <>
      {where.map((filter) => (
        <span key={filter.setting} className="setting-filter">
          <OneFilter runs={runs} filter={filter} put={put} />
          <button
            type="button"
            aria-label={`Filter by ${filter.setting} no longer`}
            title="Remove"
            onClick={() => change({ where: where.filter((each) => each !== filter) })}
          >
            ×
          </button>
        </span>
      ))}
      {others.length > 0 && (
        <select
          aria-label="Filter by a setting"
          value=""
          onChange={(event) => change({ where: [...where, firstFilter(runs, event.target.value)] })}
        >
          <option value="">Filter by…</option>
          {others.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </>
  );
}

function firstFilter(runs: readonly RunEntry[], setting: string): SettingFilter {
  const { isNumber, values } = choicesOf(runs, setting);
  return isNumber && values.length > LISTED
    ? { setting, between: [undefined, undefined] }
    : { setting, is: values[0]! };
}

function OneFilter(props: {
  runs: readonly RunEntry[];
  filter: SettingFilter;
  put: (filter: SettingFilter) => void;
}) {
  const { runs, filter, put } = props;
  const { setting, is, between } = filter;
  if (between !== undefined) {
    const [low, high] = between;
    return (
      <>
        <span>{setting}</span>
        <input
          type="number"
          step="any"
          aria-label={`${setting} from`}
          placeholder="from"
          value={low ?? ''}
          onChange={(event) => put({ setting, between: [numberOf(event.target.value), high] })}
        />
        <input
          type="number"
          step="any"
          aria-label={`${setting} to`}
          placeholder="to"
          value={high ?? ''}
          onChange={(event) => put({ setting, between: [low, numberOf(event.target.value)] })}
        />
      </>
    );
  }
  const { values } = choicesOf(runs, setting);
  const all = values.includes(is!) ? values : [is!, ...values];
  return (
    <label>
      {setting}
      <select value={is} onChange={(event) => put({ setting, is: event.target.value })}>
        {all.map((value) => (
          <option key={value} value={value}>
            {value === '' ? 'not set' : value}
          </option>
        ))}
      </select>
    </label>
  );
}
