// Settings from several places, laid over each other: keys in any spelling become the schema's, unknown ones are named.
import { UserError, unknownName } from '../errors.ts';
import type { Setting } from './flags.ts';
import { canonical } from './names.ts';
import { fieldsOf, lookUp, type Table } from './shape.ts';
import { parseValue } from './values.ts';

/** Nested settings as they stand in a file. */
export type Values = Readonly<Record<string, unknown>>;

/** Settings laid over each other, with the place that each came from, by dotted path. */
export interface Layered {
  readonly values: Values;
  readonly sources: ReadonlyMap<string, string>;
}

/** Nothing set. */
export const nothingSet: Layered = { values: {}, sources: new Map() };

/**
 * List the settings of a nested table (a config file, one run of a sweep), keys in any spelling or by alias.
 *
 * @throws {UserError} that names an unknown key, its path and the keys near to it.
 */
export function settingsOf(values: Values, table: Table, source: string): Setting[] {
  const aliases = new Map(
    fieldsOf(table).flatMap(({ aliases, path }) =>
      aliases.map((alias) => [canonical(alias), path] as const),
    ),
  );
  const settings = walk(values, table, { source, aliases });
  const seen = new Set<string>();
  for (const { path } of settings) {
    const key = path.join('.');
    if (seen.has(key)) throw new UserError(`invalid ${source}: '${key}' is given twice`);
    seen.add(key);
  }
  return settings;
}

function walk(
  values: Values,
  table: Table,
  context: { source: string; aliases: ReadonlyMap<string, readonly string[]> },
): Setting[] {
  const { source, aliases } = context;
  return Object.entries(values).flatMap(([name, value]): Setting[] => {
    const inner = lookUp(table.tables, name);
    if (inner !== undefined) {
      if (isTable(value)) return walk(value, inner[1], context);
      throw new UserError(`invalid ${dotted(table, name)} in ${source}: it must be a table`);
    }
    const known = lookUp(table.fields, name);
    const path = known
      ? [...table.path, known[0]]
      : aliases.get(canonical([...table.path, name].join('.')));
    if (path !== undefined) return value === undefined ? [] : [{ path, value, source }];
    throw unknownName(`key in ${source}`, dotted(table, name), [
      ...[...table.fields.keys(), ...table.tables.keys()].map((key) => dotted(table, key)),
    ]);
  });
}

function dotted(table: Table, key: string): string {
  return [...table.path, key].join('.');
}

function isTable(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** List the settings that environment variables give; an empty variable counts as unset. */
export function environmentSettings(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
): Setting[] {
  return fieldsOf(table).flatMap((field) => {
    const text = field.env === undefined ? undefined : environment[field.env];
    if (field.env === undefined || text === undefined || text === '') return [];
    return [{ path: field.path, value: parseValue(text, field), source: field.env }];
  });
}

/**
 * Lay settings over others. Where the new ones choose another variant of a table (`sae.kind`), the keys below that
 * the new variant does not have are dropped.
 */
export function overlay(below: Layered, settings: readonly Setting[], table: Table): Layered {
  const values = structuredClone(below.values) as Record<string, unknown>;
  const sources = new Map(below.sources);
  const ordered = [...settings].sort((a, b) => a.path.length - b.path.length);
  for (const { path, value } of ordered) dropOtherVariant(values, path, value, table);
  for (const { path, value, source } of settings) {
    setAt(values, path, value);
    sources.set(path.join('.'), source);
  }
  return { values, sources };
}

function dropOtherVariant(
  values: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  root: Table,
): void {
  const key = path.at(-1)!;
  let table: Table | undefined = root;
  let held: unknown = values;
  for (const step of path.slice(0, -1)) {
    table = table?.tables.get(step);
    held = isTable(held) ? held[step] : undefined;
  }
  const { discriminator } = table ?? {};
  if (discriminator?.key !== key || !isTable(held)) return;
  const keys = discriminator.variants.get(String(value))?.keys;
  if (keys === undefined) return;
  for (const name of Object.keys(held)) {
    if (!keys.has(name)) delete (held as Record<string, unknown>)[name];
  }
}

function setAt(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let held = values;
  for (const step of path.slice(0, -1)) {
    if (!isTable(held[step])) held[step] = {};
    held = held[step] as Record<string, unknown>;
  }
  held[path.at(-1)!] = value;
}
