import type { TranscoderEntry } from '../../../../src/pages/circuits/routes.ts';
import './transcoders.css';

/** Choose transcoders: those of one model, of several of a layer the newest is taken. */
export function Transcoders(props: {
  all: readonly TranscoderEntry[];
  chosen: readonly string[];
  onChange: (ids: readonly string[]) => void;
}) {
  const { all, chosen, onChange } = props;
  const models = [...new Set(all.map(({ model }) => model))];
  const ofModel = (model: string): string[] =>
    all.filter((each) => each.model === model).map(({ id }) => id);
  const here = all.find(({ id }) => chosen.includes(id))?.model ?? models[0]!;
  const toggle = (id: string): void =>
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <fieldset className="trace-coders">
      <legend>
        Transcoders of{' '}
        {models.length === 1 ? (
          here
        ) : (
          <select
            aria-label="Model"
            value={here}
            onChange={(event) => onChange(ofModel(event.target.value))}
          >
            {models.map((model) => (
              <option key={model}>{model}</option>
            ))}
          </select>
        )}
      </legend>
      <ul>
        {all
          .filter(({ model }) => model === here)
          .map(({ id, title, layer }) => (
            <li key={id}>
              <label>
                <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />{' '}
                layer {layer} <small>{title}</small>
              </label>
            </li>
          ))}
      </ul>
      <small className="trace-coders-note">Of several of one layer, the newest is taken.</small>
    </fieldset>
  );
}
