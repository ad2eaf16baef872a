// JSON byte for byte as Python writes it: the standard library's json.dumps, and orjson.dumps.
// Hashes of metadata name folders on disk, so every byte counts.
import { floatRepr, intRepr, isPythonFloat, orjsonFloat, PyFloat } from './python-format.ts';

/** What can be written: JSON values, marked floats, big integers, and Maps for objects whose key order matters. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyFloat
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>
  | { readonly [key: string]: PythonValue | undefined };

interface PythonJsonOptions {
  /** Spaces a level; one line when undefined. */
  indent?: number;
  /** Sort keys by code point. */
  sortKeys?: boolean;
}

interface Style {
  readonly indent: number | undefined;
  readonly sortKeys: boolean;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  string(text: string): string;
  float(value: number): string;
}

/**
 * Serialise `value` as `json.dumps(value, indent=…, sort_keys=…)` does: ASCII only, `", "` and `": "`.
 * Unmarked integral numbers are ints; an undefined property is left out.
 */
export function pythonJson(value: PythonValue, options: PythonJsonOptions = {}): string {
  return write(
    value,
    {
      indent: options.indent,
      sortKeys: options.sortKeys ?? false,
      itemSeparator: options.indent === undefined ? ', ' : ',',
      keySeparator: ': ',
      string: asciiString,
      float: jsonFloat,
    },
    0,
  );
}

/**
 * Serialise `value` as `orjson.dumps` does: UTF-8, compact, NaN and infinities as null;
 * `indent: 2` is OPT_INDENT_2 and `sortKeys` OPT_SORT_KEYS.
 */
export function orjsonText(
  value: PythonValue,
  options: { indent?: 2; sortKeys?: boolean } = {},
): string {
  return write(
    value,
    {
      indent: options.indent,
      sortKeys: options.sortKeys ?? false,
      itemSeparator: ',',
      keySeparator: options.indent === undefined ? ':' : ': ',
      string: utf8String,
      float: (number) => (Number.isFinite(number) ? orjsonFloat(number) : 'null'),
    },
    0,
  );
}

/** Compare texts by code point, as Python and UTF-8 order them; JavaScript's own order is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.codePointAt(i)!, b.codePointAt(i)!];
    if (x !== y) return x - y;
    if (x > 0xffff) i++; // two units
  }
  return a.length - b.length;
}

function write(value: PythonValue, style: Style, depth: number): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return style.string(value);
  if (typeof value === 'bigint') return intRepr(value);
  if (typeof value === 'number') return isPythonFloat(value) ? style.float(value) : intRepr(value);
  if (value instanceof PyFloat) return style.float(value.value);
  if (isList(value)) {
    return wrap(
      '[',
      value.map((item) => write(item, style, depth + 1)),
      ']',
      style,
      depth,
    );
  }
  if (typeof value !== 'object') throw new TypeError(`not a JSON value: ${String(value)}`);
  const entries = (value instanceof Map ? [...value] : Object.entries(value)) as [
    string,
    PythonValue | undefined,
  ][];
  if (style.sortKeys) entries.sort(([a], [b]) => compareCodePoints(a, b));
  const items = entries.flatMap(([key, item]) =>
    item === undefined
      ? []
      : [style.string(key) + style.keySeparator + write(item, style, depth + 1)],
  );
  return wrap('{', items, '}', style, depth);
}

function wrap(open: string, items: string[], close: string, style: Style, depth: number): string {
  if (items.length === 0) return open + close;
  if (style.indent === undefined) return open + items.join(style.itemSeparator) + close;
  const inner = `\n${' '.repeat(style.indent * (depth + 1))}`;
  const outer = `\n${' '.repeat(style.indent * depth)}`;
  return open + inner + items.join(style.itemSeparator + inner) + outer + close;
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  return floatRepr(value);
}

const SHORT_ESCAPES: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** Everything but the printable ASCII characters is escaped, UTF-16 unit by unit. */
function asciiString(text: string): string {
  return `"${text.replace(/["\\]|[^ -~]/g, escapeUnit)}"`;
}

function utf8String(text: string): string {
  if (/\p{Surrogate}/u.test(text))
    throw new TypeError('a text with a lone surrogate has no UTF-8 form');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON escapes
  return `"${text.replace(/["\\\u0000-\u001f]/g, escapeUnit)}"`;
}

function escapeUnit(unit: string): string {
  return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}
