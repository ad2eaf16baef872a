import type { Range } from '../../shared/plot-scale.ts';
import { type ChangeRuns, numberOf, type RunsState } from '../runs-state.ts';
import './limit-fields.css';

/** The limits of what counts as inside, as fields: for keyboards, and to the digit. */
export function LimitFields(props: {
  state: Pick<RunsState, 'frequency' | 'value'>;
  domain: { readonly x: Range; readonly y: Range };
  change: ChangeRuns;
}) {
  const { state, domain, change } = props;
  const { frequency, value } = state;
  return (
    <fieldset className="limit-fields" aria-label="Limits">
      <Limits
        name="log₁₀ frequency"
        range={frequency}
        whole={domain.x}
        onChange={(range) => change({ frequency: range })}
      />
      <Limits
        name="log₁₀ mean value"
        range={value}
        whole={domain.y}
        onChange={(range) => change({ value: range })}
      />
      {(frequency !== undefined || value !== undefined) && (
        <button
          type="button"
          className="quiet"
          onClick={() => change({ frequency: undefined, value: undefined })}
        >
          No limits
        </button>
      )}
    </fieldset>
  );
}

function Limits(props: {
  name: string;
  range: Range | undefined;
  whole: Range;
  onChange: (range: Range | undefined) => void;
}) {
  const { name, range, whole, onChange } = props;
  const put = (low: number | undefined, high: number | undefined): void => {
    if (low === undefined && high === undefined) {
      onChange(undefined);
      return;
    }
    const [from, to] = [low ?? Math.floor(whole[0]), high ?? Math.ceil(whole[1])];
    if (from <= to) onChange([from, to]);
  };
  return (
    <span>
      {name}
      <input
        type="number"
        step="0.1"
        aria-label={`Least ${name}`}
        placeholder="least"
        value={range?.[0] ?? ''}
        onChange={(event) => put(numberOf(event.target.value), range?.[1])}
      />
      <input
        type="number"
        step="0.1"
        aria-label={`Largest ${name}`}
        placeholder="largest"
        value={range?.[1] ?? ''}
        onChange={(event) => put(range?.[0], numberOf(event.target.value))}
      />
    </span>
  );
}
