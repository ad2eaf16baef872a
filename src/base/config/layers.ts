// Settings from several places, laid over each other: keys in any spelling become the schema's, unknown ones are named.
import { UserError, unknownName } from '../errors.ts';
import type { Setting } from './flags.ts';
import { canonical } from './names.ts';
import { type Field, fieldsOf, lookUp, type Table, tablesOf } from './shape.ts';
import { choiceOf, parseValue } from './values.ts';

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
 * List the settings of a nested table (a config file, one run of a sweep), keys in any spelling or by alias, and choices
 * in any spelling or by another word. Nothing (`null`) is the choice of none, where there is one, else no setting.
 *
 * @throws {UserError} that names an unknown key, its path and the keys near to it.
 */
export function settingsOf(values: Values, table: Table, source: string): Setting[] {
  const aliases = new Map(
    fieldsOf(table).flatMap((field) =>
      field.aliases.map((alias) => [canonical(alias), field] as const),
    ),
  );
  const settings = walk(values, table, { source, aliases, foreign: table.foreign });
  const seen = new Set<string>();
  for (const { path } of settings) {
    const key = path.join('.');
    if (seen.has(key)) throw new UserError(`invalid ${source}: '${key}' is given twice`);
    seen.add(key);
  }
  return [...inferredKinds(settings, table, source), ...settings];
}

/** What settings of a file are looked up by. */
interface Names extends Pick<Table, 'foreign'> {
  readonly source: string;
  readonly aliases: ReadonlyMap<string, Field>;
}

function walk(values: Values, table: Table, names: Names): Setting[] {
  const { source, aliases, foreign } = names;
  return Object.entries(values).flatMap(([name, value]): Setting[] => {
    const inner = lookUp(table.tables, name) ?? byAlias(table, name);
    if (inner !== undefined) {
      if (isTable(value)) return walk(value, inner[1], names);
      throw new UserError(`invalid ${dotted(table, name)} in ${source}: it must be a table`);
    }
    const whole = canonical(dotted(table, name));
    const alias = aliases.get(whole);
    const fields = lookUp(table.fields, name)?.[1] ?? (alias === undefined ? [] : [alias]);
    const field = fields[0];
    if (field !== undefined) {
      const read = readEntry(value, fields);
      return read === undefined ? [] : [{ path: field.path, value: read, source }];
    }
    const other = foreign[whole];
    if (other?.idle?.includes(value)) return [];
    if (other !== undefined) {
      throw new UserError(`unknown key in ${source}: '${dotted(table, name)}'`, {
        hint: other.instead,
      });
    }
    throw unknownName(`key in ${source}`, dotted(table, name), [
      ...[...table.fields.keys(), ...table.tables.keys()].map((key) => dotted(table, key)),
    ]);
  });
}

/** The table of a table that has another name. */
function byAlias(table: Table, name: string): [string, Table] | undefined {
  const whole = canonical(dotted(table, name));
  return [...table.tables].find(([, { aliases }]) =>
    aliases.some((alias) => canonical(alias) === whole),
  );
}

/** A value of a file as a field takes it; undefined when it says nothing. */
function readEntry(value: unknown, fields: readonly Field[]): unknown {
  if (Array.isArray(value)) return value.map((item) => readEntry(item, fields) ?? item);
  const choose = (text: string): string | undefined =>
    fields.map(({ types }) => choiceOf(text, types)).find((choice) => choice !== undefined);
  if (value === null) {
    const isOptional = fields.every(({ default: fallback }) => fallback === undefined);
    return choose('none') ?? (isOptional ? undefined : null);
  }
  return typeof value === 'string' ? (choose(value) ?? value) : value;
}

/** The kinds of tables that settings do not name, where their keys belong to one kind that is not the usual one. */
function inferredKinds(settings: readonly Setting[], table: Table, source: string): Setting[] {
  return tablesOf(table).flatMap(({ path, discriminator }): Setting[] => {
    if (discriminator?.inferred !== true) return [];
    const { key, variants, default: usual } = discriminator;
    const inside = settings.filter(
      (setting) => setting.path.slice(0, -1).join('.') === path.join('.'),
    );
    const keys = inside.map((setting) => setting.path.at(-1)!);
    if (keys.includes(key)) return [];
    const fitting = [...variants.keys()].filter((variant) =>
      keys.every((one) => variants.get(variant)!.keys.has(one)),
    );
    if (fitting.length !== 1 || fitting[0] === usual) return [];
    return [{ path: [...path, key], value: fitting[0], source, inferred: true }];
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
 * Lay settings over others; what is inferred yields to what was said. Where the new ones choose another variant of a table (`sae.kind`), the keys below that
 * the new variant does not have are dropped.
 */
export function overlay(below: Layered, settings: readonly Setting[], table: Table): Layered {
  const values = structuredClone(below.values) as Record<string, unknown>;
  const sources = new Map(below.sources);
  const said = settings.filter(({ path, inferred }) => !(inferred && sources.has(path.join('.'))));
  const ordered = [...said].sort((a, b) => a.path.length - b.path.length);
  for (const { path, value } of ordered) dropOtherVariant(values, path, value, table);
  for (const { path, value, source } of said) {
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
