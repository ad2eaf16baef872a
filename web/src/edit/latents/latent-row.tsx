import { useEffect, useState } from 'react';
import { formatValue } from '../../shared/format.ts';
import { MOST_TIMES, timesOf } from '../edit-state.ts';
import './latent-row.css';

/** A latent with its slider: from −10 to 10 times the largest value seen, untouched until it is moved. */
export function LatentRow(props: {
  latent: number;
  name: string | undefined;
  times: number | undefined;
  /** The largest value seen. */
  largest: number | undefined;
  /** Address of the latent on its page. */
  address: string | undefined;
  onChange: (times: number | undefined) => void;
  onRemove: () => void;
}) {
  const { latent, name, times, largest, address, onChange, onRemove } = props;
  const unit = largest !== undefined && largest > 0 ? largest : 1;
  const title = `Latent ${latent}`;
  return (
    <li className="latent-row" data-untouched={times === undefined || undefined}>
      <span className="latent-name">
        {address === undefined ? <b>{title}</b> : <a href={address}>{title}</a>}{' '}
        {name !== undefined && <span title={name}>{name}</span>}
      </span>
      <button
        type="button"
        className="quiet"
        aria-label={`Remove latent ${latent}`}
        onClick={onRemove}
      >
        Remove
      </button>
      <input
        type="range"
        min={-MOST_TIMES}
        max={MOST_TIMES}
        step={0.1}
        value={times ?? 0}
        aria-label={`${title}, times the largest value seen`}
        aria-valuetext={times === undefined ? 'untouched' : `${times} times`}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <TimesField latent={latent} times={times} onChange={onChange} />
      <span className="edit-value">
        {times === undefined ? 'untouched' : `code ${formatValue(times * unit)}`}
        {largest === undefined && times !== undefined && '; its largest value is not known'}
      </span>
      <button
        type="button"
        className="quiet"
        disabled={times === undefined}
        aria-label={`Reset latent ${latent}`}
        onClick={() => onChange(undefined)}
      >
        Reset
      </button>
    </li>
  );
}

/** A number that may be unfinished while it is typed. */
function TimesField(props: {
  latent: number;
  times: number | undefined;
  onChange: (times: number | undefined) => void;
}) {
  const { latent, times, onChange } = props;
  const shown = times === undefined ? '' : String(times);
  const [text, setText] = useState(shown);
  useEffect(() => setText((typed) => (timesOf(typed) === times ? typed : shown)), [times, shown]);
  return (
    <input
      type="number"
      className="times-field"
      min={-MOST_TIMES}
      max={MOST_TIMES}
      step={0.1}
      value={text}
      placeholder="×"
      aria-label={`Latent ${latent}, times as a number`}
      onChange={(event) => {
        setText(event.target.value);
        onChange(timesOf(event.target.value));
      }}
    />
  );
}
