// The settings of a run as one flat record, and which of them tell runs apart.
import type { SettingValue } from '../../pages/run-page.ts';

/** Deeper than any config goes; a file may say anything. */
const DEEPEST = 6;

/** Take a config apart: `{ sae: { kind: 'relu' } }` becomes `{ 'sae.kind': 'relu' }`. Lists are written as JSON. */
export function flatSettings(config: unknown): Record<string, SettingValue> {
  const flat: Record<string, SettingValue> = {};
  const take = (path: readonly string[], value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      if (path.length > 0) flat[path.join('.')] = (value ?? null) as SettingValue;
      return;
    }
    if (Array.isArray(value) || path.length === DEEPEST) {
      flat[path.join('.')] = JSON.stringify(value);
      return;
    }
    for (const [name, inner] of Object.entries(value)) take([...path, name], inner);
  };
  take([], isRecord(config) ? config : {});
  return flat;
}

/** Tell whether a value is a record that JSON wrote. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Take the record `name` of a record; an empty one where there is none. */
export function partOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const part = isRecord(value) ? value[name] : undefined;
  return isRecord(part) ? part : {};
}
