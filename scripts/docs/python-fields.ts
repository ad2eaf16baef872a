// A field of Python's and its place here, as a line of a table.
import type { z } from 'zod';
import { canonical, flagOf } from '../../src/base/config/names.ts';
import { type Field, fieldsOf, shapeOf, tablesOf } from '../../src/base/config/shape.ts';

/** A field of a dataclass. */
export interface PythonField {
  readonly type: string;
  readonly default: unknown;
}
/** Where the fields of a class are here. */
export interface Place {
  readonly schema: z.ZodType;
  /** Table that holds the class's fields, and its kind. */
  readonly path: readonly string[];
  readonly variant?: string;
  readonly text: string;
}

/** Write the line of one field of Python's. Throws when it has no place here, or differs without a note. */
export function fieldRow(row: {
  name: string;
  field: string;
  value: unknown;
  from: string;
  place: Place;
  notes: Readonly<Record<string, string>>;
}): string {
  const { name, field, value, from, place } = row;
  const notes = [
    row.notes[`${name}.${field}`] ?? row.notes[field],
    from === '' ? undefined : `${from} version only`,
  ];
  const note = notes.filter((text) => text !== undefined).join('; ');
  const cells = (setting: string, flag: string, there: string, here: string): string =>
    `| \`${field}\` | ${setting} | ${flag} | ${there} | ${here} | ${note} |`;
  const path = [...place.path, field].join('.');
  const shape = shapeOf(place.schema);
  const table = tablesOf(shape).find(({ path: own, aliases }) =>
    [own.join('.'), ...aliases].some((other) => canonical(other) === canonical(path)),
  );
  if (table !== undefined) return cells(`table \`${table.path.join('.')}\``, '', '', '');
  const ours = findField(fieldsOf(shape), path, place.variant);
  if (ours === undefined) throw new Error(`no place for ${name}.${field}`);
  const there = showPython(value);
  const here = showPython(ours.default);
  if (there !== here && notes[0] === undefined) {
    throw new Error(`${name}.${field} is ${there} there and ${here} here, and no note says why`);
  }
  return cells(`\`${ours.path.join('.')}\``, `\`${flagOf(ours.path)}\``, code(there), code(here));
}

function findField(fields: readonly Field[], path: string, variant?: string): Field | undefined {
  return fields.find(
    (field) =>
      [field.path.join('.'), ...field.aliases].some(
        (name) => canonical(name) === canonical(path),
      ) &&
      (variant === undefined || field.variants.length === 0 || field.variants.includes(variant)),
  );
}

function showPython(value: unknown): string {
  if (value === undefined || value === '') return '';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return String(value);
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
