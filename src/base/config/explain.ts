// What validation found, said to a person: the setting, its value, where it was set, what would fit.
import type { z } from 'zod';
import { UserError, unknownName } from '../errors.ts';
import type { Layered } from './layers.ts';
import { type Field, fieldsOf, type Table } from './shape.ts';
import { describeExpected, showValue } from './values.ts';

type Issue = z.core.$ZodIssue;

/** Turn the issues that a schema raised about `layered` into one UserError; further issues go into the hint. */
export function configError(issues: readonly Issue[], layered: Layered, table: Table): UserError {
  const [first, ...others] = issues.map((issue) => explain(issue, layered, table));
  if (first === undefined) throw new Error('a refused configuration has at least one issue');
  const also = others.slice(0, 3).map(({ message }) => `also ${message}`);
  const hint = [first.hint, ...also].filter((part) => part !== undefined).join('; ');
  return new UserError(first.message, { hint: hint === '' ? undefined : hint });
}

function explain(issue: Issue, layered: Layered, table: Table): UserError {
  const path = issue.path.filter((key) => typeof key === 'string');
  if (issue.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0]!, layered, table);
  const name = path.join('.');
  const value = valueAt(layered.values, issue.path);
  const field = findField(path, layered, table);
  const source = layered.sources.get(name);
  const place = source === undefined || source === name ? '' : ` (${source})`;
  const subject = name === '' ? 'configuration' : name;
  const expected =
    issue.code === 'custom' || field === undefined ? issue.message : expectation(field, issue);
  return new UserError(
    value === undefined
      ? `missing ${subject}: ${expected}`
      : `invalid ${subject}: ${showValue(value)}${place}; ${expected}`,
  );
}

function expectation(field: Field, issue: Issue): string {
  // An element of a list is refused by itself, so what is expected is one element.
  const element = issue.path.some((key) => typeof key === 'number');
  return `expected ${describeExpected(element ? { ...field, list: undefined } : field)}`;
}

function unknownKey(
  path: readonly string[],
  key: string,
  layered: Layered,
  table: Table,
): UserError {
  const holder = tableAt(path, table);
  const name = [...path, key].join('.');
  const { discriminator } = holder ?? {};
  const owner = [...(discriminator?.variants ?? [])].find(([, { keys }]) => keys.has(key));
  if (discriminator !== undefined && owner !== undefined) {
    const chosen = valueAt(layered.values, [...path, discriminator.key]) ?? discriminator.default;
    const chooser = [...path, discriminator.key].join('.');
    return new UserError(`unknown key: '${name}' does not belong to ${chooser} '${chosen}'`, {
      hint: `it belongs to ${chooser} '${owner[0]}'`,
    });
  }
  const known = [...(holder?.fields.keys() ?? []), ...(holder?.tables.keys() ?? [])];
  return unknownName(
    'key',
    name,
    known.map((other) => [...path, other].join('.')),
  );
}

function tableAt(path: readonly string[], table: Table): Table | undefined {
  return path.reduce<Table | undefined>((held, step) => held?.tables.get(step), table);
}

/** The field at `path` in the variant that was chosen. */
function findField(path: readonly string[], layered: Layered, table: Table): Field | undefined {
  const name = path.join('.');
  const candidates = fieldsOf(table).filter((field) => field.path.join('.') === name);
  const { discriminator } = tableAt(path.slice(0, -1), table) ?? {};
  const chosen =
    discriminator &&
    (valueAt(layered.values, [...path.slice(0, -1), discriminator.key]) ?? discriminator.default);
  return candidates.find(({ variants }) => variants.includes(String(chosen))) ?? candidates[0];
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (held, key) =>
      typeof held === 'object' && held !== null
        ? (held as Record<PropertyKey, unknown>)[key]
        : undefined,
    values,
  );
}
