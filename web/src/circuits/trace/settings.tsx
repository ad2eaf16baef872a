import { useId } from 'react';
import type { TraceField } from '../../../../src/pages/circuits/routes.ts';
import './settings.css';

/** What was written into fields, by name; fields that nobody touched keep their defaults. */
export type SettingValues = Readonly<Record<string, string | boolean>>;

/** The same as settings of a trace. Empty fields are left out; those of other modes, too. */
export function settingValues(
  fields: readonly TraceField[],
  values: SettingValues,
): Record<string, unknown> {
  return Object.fromEntries(
    shownFields(fields, values).flatMap((field): [string, unknown][] => {
      const value = values[field.name];
      if (value === undefined || value === '') return [];
      if (field.kind === 'number') return [[field.name, Number(value)]];
      if (field.kind === 'texts') return [[field.name, String(value).trim().split(/\s+/)]];
      return [[field.name, value]];
    }),
  );
}

/** The fields of the mode that is chosen, and of all modes. */
function shownFields(fields: readonly TraceField[], values: SettingValues): readonly TraceField[] {
  const mode = values.mode ?? fields.find(({ name }) => name === 'mode')?.default;
  return fields.filter(
    ({ group }) => !/ mode$/i.test(group) || group.toLowerCase() === `${mode} mode`,
  );
}

/** All further settings of a trace, as its schema has them. */
export function Settings(props: {
  fields: readonly TraceField[];
  values: SettingValues;
  onChange: (values: SettingValues) => void;
}) {
  const { fields, values, onChange } = props;
  return (
    <details className="trace-settings">
      <summary>Settings</summary>
      <div>
        {shownFields(fields, values).map((field) => (
          <Setting
            key={field.name}
            field={field}
            value={values[field.name]}
            onChange={(value) => onChange({ ...values, [field.name]: value })}
          />
        ))}
      </div>
    </details>
  );
}

function Setting(props: {
  field: TraceField;
  value: string | boolean | undefined;
  onChange: (value: string | boolean) => void;
}) {
  const { field, value, onChange } = props;
  const id = useId();
  const { name, kind, description, choices = [], minimum, maximum, isWhole = false } = field;
  const usual = field.default === undefined ? '' : String(field.default);
  if (kind === 'switch') {
    return (
      <label className="trace-setting">
        <span>
          <input
            type="checkbox"
            checked={typeof value === 'boolean' ? value : field.default === true}
            onChange={(event) => onChange(event.target.checked)}
          />{' '}
          {labelOf(name)}
        </span>
        <small>{description}</small>
      </label>
    );
  }
  const about = { id, 'aria-describedby': `${id}-about` };
  return (
    <div className="trace-setting">
      <label htmlFor={id}>{labelOf(name)}</label>
      {kind === 'choice' ? (
        <select
          {...about}
          value={String(value ?? usual)}
          onChange={(event) => onChange(event.target.value)}
        >
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          {...about}
          type={kind === 'number' ? 'number' : 'text'}
          placeholder={usual}
          value={String(value ?? '')}
          {...(kind === 'number' && { min: minimum, max: maximum, step: isWhole ? 1 : 'any' })}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <small id={`${id}-about`}>{description}</small>
    </div>
  );
}

/** `nodeThreshold` as people write it. */
function labelOf(name: string): string {
  const words = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words[0]!.toUpperCase()}${words.slice(1)}`;
}
