import type { Range } from '../../shared/plot-scale.ts';
import type { ChangeView, ViewState } from '../view-state.ts';
import './range-fields.css';

/** Id of the words that tell the fields to those who cannot use the plot. */
export const RANGE_FIELDS = 'range-fields';

/** The filter as four numbers, for exact ranges and for people who cannot drag. */
export function RangeFields({ state, change }: { state: ViewState; change: ChangeView }) {
  return (
    <>
      <p id={RANGE_FIELDS} hidden>
        The plot needs a pointer. The fields under “Exact ranges” list the same features from the
        keyboard, and the cards open them.
      </p>
      <details className="ranges">
        <summary>Exact ranges</summary>
        <RangeField
          name="log10 frequency"
          range={state.frequency}
          onChange={(frequency) => change({ frequency })}
        />
        <RangeField
          name="log10 value"
          range={state.value}
          onChange={(value) => change({ value })}
        />
      </details>
    </>
  );
}

function RangeField(props: {
  name: string;
  range: Range | undefined;
  onChange: (range: Range | undefined) => void;
}) {
  const { name, range, onChange } = props;
  const set = (low: number, high: number): void => {
    const isOpen = Number.isNaN(low) && Number.isNaN(high);
    onChange(isOpen ? undefined : [Number.isNaN(low) ? -20 : low, Number.isNaN(high) ? 20 : high]);
  };
  const field = (end: 0 | 1, label: string) => (
    <input
      type="number"
      step="0.1"
      aria-label={`${label} ${name}`}
      placeholder={label}
      value={
        range === undefined || Math.abs(range[end]) === 20 ? '' : Number(range[end].toFixed(2))
      }
      onChange={({ target }) =>
        end === 0
          ? set(target.valueAsNumber, range?.[1] ?? Number.NaN)
          : set(range?.[0] ?? Number.NaN, target.valueAsNumber)
      }
    />
  );
  return (
    <div className="range-field">
      <span>{name}</span>
      {field(0, 'least')}
      <span aria-hidden="true">to</span>
      {field(1, 'most')}
    </div>
  );
}
