// The shape of a job's schema as plain data: its tables and fields. Flags, files, help and docs are made from this.
import type { z } from 'zod';
import { type Foreign, type JsonSchema, jsonSchema } from './json-schema.ts';
import { canonical } from './names.ts';

/** What a field takes: any of these. */
interface FieldTypes {
  readonly boolean: boolean;
  readonly number: boolean;
  /** Numbers must be whole. */
  readonly whole: boolean;
  /** Free text; `choices` are the only texts otherwise. */
  readonly text: boolean;
  readonly choices: readonly string[];
  /** Further words for choices, by their canonical spelling. */
  readonly words: Readonly<Record<string, string>>;
}

/** Limits of a number; undefined where there is none. */
export interface Bounds {
  readonly minimum?: number;
  readonly above?: number;
  readonly maximum?: number;
  readonly below?: number;
}

/** One setting of a job. */
export interface Field {
  /** Keys from the root: `['sae', 'expFactor']`. */
  readonly path: readonly string[];
  readonly types: FieldTypes;
  readonly bounds: Bounds;
  /** Number of values of a list or tuple; undefined for a single value. */
  readonly list: { readonly min: number; readonly max: number } | undefined;
  readonly description: string;
  /** Heading in help and docs; the table's name when undefined. */
  readonly group: string | undefined;
  /** Environment variable that sets it. */
  readonly env: string | undefined;
  /** Other paths of the field, dotted from the root: older ones, and those of the programs that it comes from. */
  readonly aliases: readonly string[];
  /** Its value is a bare word on the command line. */
  readonly positional: boolean;
  /** One value, of which a command line may give several to choose from: `runs/*`. */
  readonly several: boolean;
  readonly default: unknown;
  /** Variants of the table that have this field; empty when all do. */
  readonly variants: readonly string[];
}

/** A table whose keys depend on the value of one of them. */
interface Discriminator {
  readonly key: string;
  /** Keys and meaning of each variant, by the discriminator's value. */
  readonly variants: ReadonlyMap<
    string,
    { readonly keys: ReadonlySet<string>; readonly description: string }
  >;
  readonly default: string | undefined;
  /** A file need not say the value where its other keys belong to one variant alone. */
  readonly inferred: boolean;
}

/** A group of settings under one key. */
export interface Table {
  readonly path: readonly string[];
  /** Other paths of the table, dotted from the root: those of the programs that it comes from. */
  readonly aliases: readonly string[];
  readonly description: string;
  /** Fields of a key, one for each variant that gives it another meaning. */
  readonly fields: ReadonlyMap<string, readonly Field[]>;
  readonly tables: ReadonlyMap<string, Table>;
  readonly discriminator: Discriminator | undefined;
  /** Of a whole job: settings of other programs that are none here, by their canonical spelling. */
  readonly foreign: Readonly<Record<string, Foreign>>;
}

/** Read the shape of a job's schema. */
export function shapeOf(schema: z.ZodType): Table {
  return readTable(jsonSchema(schema), []);
}

/** List all fields of a table and the tables in it, in the order of the schema. */
export function fieldsOf(table: Table): Field[] {
  return [
    ...[...table.fields.values()].flat(),
    ...[...table.tables.values()].flatMap((inner) => fieldsOf(inner)),
  ];
}

/** List the tables in a table, itself first. */
export function tablesOf(table: Table): Table[] {
  return [table, ...[...table.tables.values()].flatMap((inner) => tablesOf(inner))];
}

/** Find a key of a map in any spelling. */
export function lookUp<T>(map: ReadonlyMap<string, T>, name: string): [string, T] | undefined {
  const wanted = canonical(name);
  for (const entry of map) if (canonical(entry[0]) === wanted) return entry;
  return undefined;
}

function isTable(schema: JsonSchema): boolean {
  return (
    schema.type === 'object' || (schema.oneOf ?? []).some((option) => option.type === 'object')
  );
}

function readTable(schema: JsonSchema, path: readonly string[]): Table {
  const options = schema.oneOf ?? [schema];
  const discriminator =
    schema.oneOf === undefined ? undefined : readDiscriminator(schema.oneOf, schema.inferred);
  const fields = new Map<string, Field[]>();
  const tables = new Map<string, Table>();
  for (const option of options) {
    const variant = discriminator && String(option.properties?.[discriminator.key]?.const);
    for (const [key, inner] of Object.entries(option.properties ?? {})) {
      if (key === discriminator?.key) {
        fields.set(key, [discriminatorField([...path, key], discriminator)]);
      } else if (isTable(inner)) {
        tables.set(key, withAliases(readTable(inner, [...path, key]), [inner.alias ?? []].flat()));
      } else {
        addField(fields, key, readField(inner, [...path, key]), variant);
      }
    }
  }
  const all = discriminator?.variants.size ?? 1;
  for (const [key, variants] of fields) {
    fields.set(
      key,
      variants.map((field) => (field.variants.length === all ? { ...field, variants: [] } : field)),
    );
  }
  const foreign = canonicalKeys(schema.foreign);
  const description = schema.description ?? '';
  return { path, aliases: [], description, fields, tables, discriminator, foreign };
}

/** A table that has other names, and with it all that is in it. */
function withAliases(table: Table, aliases: readonly string[]): Table {
  if (aliases.length === 0) return table;
  const depth = table.path.length;
  const others = (path: readonly string[]): string[] =>
    aliases.map((alias) => [alias, ...path.slice(depth)].join('.'));
  const named = (inner: Table): Table => ({
    ...inner,
    aliases: [...inner.aliases, ...others(inner.path)],
    fields: new Map(
      [...inner.fields].map(([key, fields]) => [
        key,
        fields.map((field) => ({ ...field, aliases: [...field.aliases, ...others(field.path)] })),
      ]),
    ),
    tables: new Map([...inner.tables].map(([key, one]) => [key, named(one)])),
  });
  return named(table);
}

function canonicalKeys<T>(record: Readonly<Record<string, T>> = {}): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [canonical(key), value]));
}

/** Add a variant's field, joined with an equal one of another variant. */
function addField(
  fields: Map<string, Field[]>,
  key: string,
  field: Field,
  variant: string | undefined,
): void {
  const known = fields.get(key) ?? [];
  const text = JSON.stringify(field);
  const at = known.findIndex((other) => JSON.stringify({ ...other, variants: [] }) === text);
  const variants = variant === undefined ? [] : [...(known[at]?.variants ?? []), variant];
  fields.set(
    key,
    at === -1 ? [...known, { ...field, variants }] : known.with(at, { ...field, variants }),
  );
}

function readDiscriminator(options: readonly JsonSchema[], inferred = false): Discriminator {
  const first = Object.entries(options[0]?.properties ?? {});
  const key = first.find(([, property]) => property.const !== undefined)?.[0];
  if (key === undefined)
    throw new Error('a union of tables needs a literal key that tells them apart');
  const variants = new Map(
    options.map((option) => [
      String(option.properties?.[key]?.const),
      {
        keys: new Set(Object.keys(option.properties ?? {})),
        description: option.description ?? '',
      },
    ]),
  );
  const fallback = options.find((option) => option.properties?.[key]?.default !== undefined);
  const value = fallback?.properties?.[key]?.default as string | undefined;
  return { key, variants, default: value, inferred };
}

function discriminatorField(path: readonly string[], discriminator: Discriminator): Field {
  const choices = [...discriminator.variants.keys()];
  return {
    path,
    types: { boolean: false, number: false, whole: false, text: false, choices, words: {} },
    bounds: {},
    list: undefined,
    description: 'Which kind; what each adds stands below.',
    group: undefined,
    env: undefined,
    aliases: [],
    positional: false,
    several: false,
    default: discriminator.default,
    variants: [],
  };
}

function readField(schema: JsonSchema, path: readonly string[]): Field {
  const { element, list } = readList(schema);
  const options = element.anyOf ?? [element];
  const numbers = options.filter(({ type }) => type === 'number' || type === 'integer');
  const texts = options.filter(({ type }) => type === 'string');
  return {
    path,
    types: {
      boolean: options.some(({ type }) => type === 'boolean'),
      number: numbers.length > 0,
      whole: numbers.length > 0 && numbers.every(({ type }) => type === 'integer'),
      text: texts.some((option) => option.enum === undefined && option.const === undefined),
      choices: texts.flatMap((option) => option.enum ?? option.const ?? []).map(String),
      words: canonicalKeys(schema.words),
    },
    bounds: readBounds(numbers[0] ?? {}),
    list,
    description: schema.description ?? '',
    group: schema.group,
    env: schema.env,
    aliases: [schema.alias ?? []].flat(),
    positional: schema.positional === true,
    several: schema.several === true,
    default: schema.default,
    variants: [],
  };
}

function readList(schema: JsonSchema): { element: JsonSchema; list: Field['list'] } {
  if (schema.type !== 'array') return { element: schema, list: undefined };
  const { prefixItems, items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (prefixItems !== undefined) {
    return {
      element: prefixItems[0] ?? {},
      list: { min: prefixItems.length, max: prefixItems.length },
    };
  }
  return { element: items ?? {}, list: { min: minItems, max: maxItems } };
}

function readBounds(schema: JsonSchema): Bounds {
  const limit = (value: number | undefined): number | undefined =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  return {
    minimum: limit(schema.minimum),
    above: schema.exclusiveMinimum,
    maximum: limit(schema.maximum),
    below: schema.exclusiveMaximum,
  };
}
