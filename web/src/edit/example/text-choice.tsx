import type { EditState } from '../edit-state.ts';

/** Type a text, and how it is to go on. */
export function TextChoice(props: {
  state: Pick<EditState, 'text' | 'newTokens' | 'seed' | 'temperature'>;
  onChange: (change: Partial<EditState>) => void;
  /** Takes a text of the page of features; undefined where there is none. */
  onTake: (() => void) | undefined;
}) {
  const { state, onChange, onTake } = props;
  return (
    <section className="example-choice" aria-label="Text">
      <h2>Text</h2>
      <textarea
        rows={4}
        aria-label="Text"
        placeholder="Type a text…"
        value={state.text}
        maxLength={20_000}
        onChange={({ target }) => onChange({ text: target.value, where: undefined })}
      />
      {onTake && (
        <p className="edit-buttons">
          <button type="button" onClick={onTake}>
            Take one of the page
          </button>
        </p>
      )}
      <div className="text-options">
        <NumberField
          label="New tokens"
          value={state.newTokens}
          max={256}
          onChange={(newTokens) => onChange({ newTokens })}
        />
        <NumberField
          label="Temperature"
          value={state.temperature}
          max={100}
          step={0.1}
          onChange={(temperature) => onChange({ temperature })}
        />
        <NumberField
          label="Seed"
          value={state.seed}
          max={999_999_999}
          onChange={(seed) => onChange({ seed })}
        />
      </div>
    </section>
  );
}

function NumberField(props: {
  label: string;
  value: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
}) {
  const { label, value, max, step = 1, onChange } = props;
  return (
    <label>
      {label}
      <input
        type="number"
        min={0}
        max={max}
        step={step}
        defaultValue={value}
        key={label}
        onChange={({ target }) => {
          const number = Number(target.value);
          const isGood = target.value !== '' && number >= 0 && number <= max;
          if (isGood && (step < 1 || Number.isInteger(number))) onChange(number);
        }}
      />
    </label>
  );
}
