// Command line flags into settings: --sae.exp-factor 8, --no-track, --layers -2 -1, and the spellings of saev's.
import { existsSync } from 'node:fs';
import { UserError, unknownName } from '../errors.ts';
import { canonical, flagOf, kebabCase } from './names.ts';
import { type Field, fieldsOf, type Table, tablesOf } from './shape.ts';
import { parseBoolean, parseValue } from './values.ts';

/** One value that a person set, and where. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** For error messages: `--lr`, `SAEV_THREADS`. */
  readonly source: string;
  /** Nobody said it: it follows from other settings, and holds only where nothing is said. */
  readonly inferred?: boolean;
}

interface Flag {
  readonly path: readonly string[];
  readonly fields: readonly Field[];
}

/**
 * Read flags as the settings of `table`.
 *
 * A flag is a field's path in any spelling (`--data.shard-root`, `--data.shard_root`, `--data.shardRoot`) or its
 * alias, with its value after a space or `=`. A field that takes one of several gives a list of them when there are
 * more words. Switches take `--x`, `--no-x` (also before the last part:
 * `--data.no-scale-mean`) or `--x false`; lists take several values, or the flag again, or, unless they are texts,
 * commas. `sae:topk` is short for `--sae.kind topk`, and so is `images:ade20k-dataset`, as saev writes it. Other bare words are the values
 * of the positional fields, in order.
 *
 * @throws {UserError} for an unknown flag or word, and for a flag whose value is missing.
 */
export function parseFlags(args: readonly string[], table: Table): Setting[] {
  const flags = flagIndex(table);
  const positionals = fieldsOf(table).filter(({ positional }) => positional);
  const settings = new Map<string, Setting>();
  for (let at = 0; at < args.length; ) {
    const token = args[at]!;
    const read =
      readVariant(token, table) ??
      (token.startsWith('--') ? undefined : readWords(args, at, positionals, table)) ??
      readFlag(args, at, flags, table);
    const key = read.setting.path.join('.');
    const before = settings.get(key);
    const isList = flags
      .get(canonical(key))
      ?.fields.some(({ list }) => list !== undefined && list.min < list.max);
    settings.set(
      key,
      isList && before !== undefined ? joinLists(before, read.setting) : read.setting,
    );
    at += read.length;
  }
  return [...settings.values()];
}

interface Read {
  readonly setting: Setting;
  /** Number of arguments used up. */
  readonly length: number;
}

/** Read the value of the next positional field; a list takes all words but those that later fields need. */
function readWords(
  args: readonly string[],
  at: number,
  positionals: Field[],
  table: Table,
): Read | undefined {
  const field = positionals.shift();
  if (field === undefined) return undefined;
  const { path, list } = field;
  const source = wordOf(field);
  const word = args[at]!;
  if (list === undefined) {
    return { setting: { path, value: parseValue(word, field), source }, length: 1 };
  }
  const words = [word, ...followingWords(args, at, table)];
  const taken = words.slice(0, Math.max(1, Math.min(list.max, words.length - positionals.length)));
  const value = taken.map((text) => parseValue(text, field));
  return { setting: { path, value, source }, length: taken.length };
}

/** How help writes a positional field: `PATH`. */
export function wordOf({ path }: Pick<Field, 'path'>): string {
  return kebabCase(path.join('.')).toUpperCase();
}

function readFlag(
  args: readonly string[],
  at: number,
  flags: ReadonlyMap<string, Flag>,
  table: Table,
): Read {
  const token = args[at]!;
  if (!token.startsWith('--') || token === '--') {
    throw new UserError(`unknown argument: '${token}'`, {
      hint: 'settings are given as flags, --name value; --help lists them',
    });
  }
  const equals = token.indexOf('=');
  const source = equals === -1 ? token : token.slice(0, equals);
  const inline = equals === -1 ? undefined : token.slice(equals + 1);
  const { flag, negated } = findFlag(source, flags, table);
  const { path } = flag;
  if (negated) {
    if (inline !== undefined) {
      throw new UserError(`invalid ${source}: it takes no value, and was given '${inline}'`);
    }
    return { setting: { path, value: false, source }, length: 1 };
  }
  if (inline !== undefined) {
    const { value } = readValue(flag, [inline], source, true);
    return { setting: { path, value, source }, length: 1 };
  }
  const { value, used } = readValue(flag, followingWords(args, at, table), source, false);
  return { setting: { path, value, source }, length: 1 + used };
}

function readValue(
  flag: Flag,
  words: readonly string[],
  source: string,
  inline: boolean,
): { value: unknown; used: number } {
  const list = flag.fields.find((field) => field.list !== undefined)?.list;
  const field = joinTypes(flag.fields);
  if (list !== undefined) {
    const taken = words.slice(0, list.max);
    const texts = taken.flatMap((word) => itemsOf(word, field));
    return { value: texts.map((text) => parseValue(text, field)), used: taken.length };
  }
  const { boolean, text, number } = field.types;
  const word = words[0];
  const apart = !inline && !text && word !== undefined && parseBoolean(word, number) === undefined;
  // A switch alone. A word after it that is no boolean belongs to something else, unless texts are taken.
  if (boolean && (word === undefined || apart)) return { value: true, used: 0 };
  if (word !== undefined && words.length > 1 && flag.fields.some(({ several }) => several)) {
    return { value: words.map((each) => parseValue(each, field)), used: words.length };
  }
  if (word === undefined) {
    throw new UserError(`missing value: ${source} needs one`, {
      hint: `write ${source} ${placeholder(field)}`,
    });
  }
  return { value: parseValue(word, field), used: 1 };
}

/**
 * The items in a word of a list: of numbers and names, what stands between commas (`\\,` is a comma of an item). A text is
 * one item, for commas are part of tokens and of names of files; only what divides into places that are there is divided.
 */
function itemsOf(word: string, { types }: Pick<Field, 'types'>): string[] {
  const { text, number, choices } = types;
  const items = word
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll('\\,', ',').trim())
    .filter((item) => item !== '');
  if (!text) return items;
  if (existsSync(word)) return [word];
  const isMixed = number || choices.length > 0;
  if (isMixed) return items;
  return items.length > 1 && items.every(isPlace) ? items : [word];
}

/** Whether something stands there, or is meant to stand on the hub. */
function isPlace(item: string): boolean {
  return item.startsWith('hf-hub:') || existsSync(item);
}

function findFlag(
  source: string,
  flags: ReadonlyMap<string, Flag>,
  { foreign }: Pick<Table, 'foreign'>,
): { flag: Flag; negated: boolean } {
  const name = source.slice(2);
  const direct = flags.get(canonical(name));
  if (direct !== undefined) return { flag: direct, negated: false };
  const positive = name.replace(/(^|\.)no[-_](?=[^.]+$)/, '$1').replace(/^no[-_]/, '');
  const switched = positive === name ? undefined : flags.get(canonical(positive));
  if (switched?.fields.some(({ types }) => types.boolean)) return { flag: switched, negated: true };
  const other = foreign[canonical(name)] ?? foreign[canonical(positive)];
  if (other !== undefined)
    throw new UserError(`unknown flag: '${source}'`, { hint: other.instead });
  throw unknownName('flag', source, [
    ...new Set([...flags.values()].map(({ path }) => flagOf(path))),
  ]);
}

/** Read `sae:topk` or `images:ade20k-dataset`: the table's path, a colon, a variant's name. */
function readVariant(token: string, table: Table): Read | undefined {
  const match = /^([A-Za-z][\w.-]*):([A-Za-z][\w-]*)$/.exec(token);
  if (match === null) return undefined;
  const [, where, name] = match as unknown as [string, string, string];
  const chosen = tablesOf(table).find(
    ({ path, aliases, discriminator }) =>
      discriminator !== undefined &&
      [path.join('.'), ...aliases].some((other) => canonical(other) === canonical(where)),
  );
  if (chosen?.discriminator === undefined) return undefined;
  const { key, variants } = chosen.discriminator;
  const short = canonical(name).replace(/dataset$/, '');
  const value = [...variants.keys()].find((variant) => canonical(variant) === short);
  if (value === undefined) throw unknownName(`kind of ${where}`, name, [...variants.keys()]);
  return { setting: { path: [...chosen.path, key], value, source: token }, length: 1 };
}

/** The arguments after `at` that can be values: up to the next flag or variant. */
function followingWords(args: readonly string[], at: number, table: Table): string[] {
  const words: string[] = [];
  for (const word of args.slice(at + 1)) {
    if (word.startsWith('--') || readVariant(word, table) !== undefined) break;
    words.push(word);
  }
  return words;
}

function flagIndex(table: Table): Map<string, Flag> {
  const index = new Map<string, Flag>();
  for (const field of fieldsOf(table)) {
    for (const name of [field.path.join('.'), ...field.aliases]) {
      const key = canonical(name);
      const fields = [...(index.get(key)?.fields ?? []), field];
      index.set(key, { path: field.path, fields });
    }
  }
  return index;
}

/** What any of a flag's variants takes. */
function joinTypes(fields: readonly Field[]): Pick<Field, 'types'> {
  const some = (pick: (types: Field['types']) => boolean): boolean =>
    fields.some(({ types }) => pick(types));
  return {
    types: {
      boolean: some((types) => types.boolean),
      number: some((types) => types.number),
      whole: fields.every(({ types }) => types.whole),
      text: some((types) => types.text),
      choices: [...new Set(fields.flatMap(({ types }) => types.choices))],
      words: Object.assign({}, ...fields.map(({ types }) => types.words)),
    },
  };
}

function joinLists(before: Setting, after: Setting): Setting {
  return { ...after, value: [...(before.value as unknown[]), ...(after.value as unknown[])] };
}

/** What stands for a field's value in help: `NUMBER`, `relu|topk`, `TEXT`. */
export function placeholder({ types }: Pick<Field, 'types'>): string {
  const words = [...types.choices.map(kebabCase)];
  if (types.number) words.push(types.whole ? 'INTEGER' : 'NUMBER');
  if (types.boolean && (types.text || types.number)) words.push('true', 'false');
  if (types.text) words.push('TEXT');
  return words.join('|');
}
