// From what a person wrote to a resolved job: flag over environment over file over default, then validation.
import { extname } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { UserError } from '../errors.ts';
import { readJson, readText } from '../files.ts';
import { configError } from './explain.ts';
import type { Setting } from './flags.ts';
import {
  environmentSettings,
  type Layered,
  nothingSet,
  overlay,
  settingsOf,
  type Values,
} from './layers.ts';
import { shapeOf, type Table } from './shape.ts';

/** Where the settings of a job come from, strongest first. */
export interface Sources {
  readonly flags?: readonly Setting[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Contents of a config file, and its name. */
  readonly file?: { readonly name: string; readonly values: Values };
}

/** Lay the settings of all sources over each other, defaults left out. */
export function layerSources(table: Table, sources: Sources): Layered {
  const { flags = [], environment = {}, file } = sources;
  const fromFile = file === undefined ? [] : settingsOf(file.values, table, file.name);
  let layered = overlay(nothingSet, fromFile, table);
  layered = overlay(layered, environmentSettings(table, environment), table);
  return overlay(layered, flags, table);
}

/**
 * Fill in defaults and check a job.
 *
 * @throws {UserError} that names the setting, its value, its place and what fits.
 */
export function resolveConfig<Schema extends z.ZodType>(
  schema: Schema,
  layered: Layered,
  table: Table = shapeOf(schema),
): z.output<Schema> {
  const parsed = schema.safeParse(layered.values);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error.issues, layered, table);
}

/**
 * Resolve a job from flags, environment and file.
 *
 * @throws {UserError} that names the setting, its value and what fits.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  sources: Sources,
): z.output<Schema> {
  const table = shapeOf(schema);
  return resolveConfig(schema, layerSources(table, sources), table);
}

/**
 * Read a config or sweep file: TOML or JSON, by its extension.
 *
 * @throws {UserError} when it is missing, damaged, or of another kind.
 */
export async function readConfigFile(path: string): Promise<Values> {
  const kind = extname(path).toLowerCase();
  if (kind === '.toml') return parseTomlFile(await readText(path, 'config file'), path);
  if (kind !== '.json') {
    throw new UserError(`unsupported config file: '${path}'`, { hint: 'use .toml or .json' });
  }
  const values = await readJson(path, 'config file');
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return values as Values;
  }
  throw new UserError(`invalid config file: '${path}' does not hold an object`);
}

function parseTomlFile(text: string, path: string): Values {
  try {
    return parseToml(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const reason = cause.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw new UserError(
      `invalid config file: '${path}', line ${cause.line}, column ${cause.column}: ${reason}`,
    );
  }
}
