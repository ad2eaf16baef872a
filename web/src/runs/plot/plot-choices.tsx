import { metricName } from '../../../../src/pages/run-settings.ts';
import type { ChangeRuns, RunsState } from '../runs-state.ts';
import './plot-choices.css';

/** What the two axes, the colours and the shapes of the plot tell. */
export function PlotChoices(props: {
  state: RunsState & { x: string; y: string };
  change: ChangeRuns;
  metrics: readonly string[];
  /** Settings that differ. */
  settings: readonly string[];
  colour: string;
  shape: string;
}) {
  const { state, change, metrics, settings, colour, shape } = props;
  return (
    <div className="plot-choices">
      <Choice
        name="Across"
        value={state.x}
        values={metrics}
        text={metricName}
        onChoose={(x) => change({ x })}
      >
        <Log name="across" isOn={state.isLogX} onSwitch={(isLogX) => change({ isLogX })} />
      </Choice>
      <Choice
        name="Up"
        value={state.y}
        values={metrics}
        text={metricName}
        onChoose={(y) => change({ y })}
      >
        <Log name="up" isOn={state.isLogY} onSwitch={(isLogY) => change({ isLogY })} />
      </Choice>
      <Choice
        name="Colour"
        value={colour}
        values={['', ...settings]}
        text={(name) => name || 'none'}
        onChoose={(value) => change({ colour: value })}
      />
      <Choice
        name="Shape"
        value={shape}
        values={['', ...settings]}
        text={(name) => name || 'none'}
        onChoose={(value) => change({ shape: value })}
      />
    </div>
  );
}

function Choice(props: {
  name: string;
  value: string;
  values: readonly string[];
  text: (value: string) => string;
  onChoose: (value: string) => void;
  children?: React.ReactNode;
}) {
  const { name, value, values, text, onChoose, children } = props;
  // What the address asks for stays, whatever these runs have.
  const all = values.includes(value) ? values : [value, ...values];
  return (
    <div className="plot-choice">
      <label>
        <span>{name}</span>
        <select value={value} onChange={(event) => onChoose(event.target.value)}>
          {all.map((each) => (
            <option key={each} value={each}>
              {text(each)}
            </option>
          ))}
        </select>
      </label>
      {children}
    </div>
  );
}

function Log(props: { name: string; isOn: boolean; onSwitch: (isOn: boolean) => void }) {
  const { name, isOn, onSwitch } = props;
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={`log: a logarithmic axis ${name}`}
      title="Logarithmic axis"
      onClick={() => onSwitch(!isOn)}
    >
      log
    </button>
  );
}
