// Python's repr(): datasets are named in metadata by the repr of their config.

import { floatRepr, intRepr, isPythonFloat, PyFloat } from './python-format.ts';
import type { PythonValue } from './python-json.ts';

/** The repr of something built elsewhere, taken word for word: a nested dataclass, a tuple. */
export class PyRepr {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type ReprValue =
  | PythonValue
  | PyRepr
  | readonly ReprValue[]
  | { readonly [key: string]: ReprValue };

/** Write a value as Python's `repr` does; arrays are lists, objects and Maps are dicts. */
export function pythonRepr(value: ReprValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return stringRepr(value);
  if (typeof value === 'bigint') return intRepr(value);
  if (typeof value === 'number') return isPythonFloat(value) ? floatRepr(value) : intRepr(value);
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (value instanceof PyRepr) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`).join(', ')}}`;
}

/** Write a tuple: `(1, 2)`, `(1,)`, `()`. */
export function tupleRepr(items: readonly ReprValue[]): PyRepr {
  return new PyRepr(`(${items.map(pythonRepr).join(', ')}${items.length === 1 ? ',' : ''})`);
}

/** Write a dataclass: `ImageFolderDataset(root='./x')`. Nest one in another as `new PyRepr(dataclassRepr(…))`. */
export function dataclassRepr(name: string, fields: Readonly<Record<string, ReprValue>>): string {
  const parts = Object.entries(fields).map(([field, value]) => `${field}=${pythonRepr(value)}`);
  return `${name}(${parts.join(', ')})`;
}

/** `repr` of a str: single quotes unless only double ones avoid an escape; what cannot be printed is escaped. */
function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    if (char === quote || char === '\\') out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else if (char !== ' ' && /[\p{C}\p{Z}]/u.test(char)) out += escaped(char.codePointAt(0)!);
    else out += char;
  }
  return out + quote;
}

function escaped(codePoint: number): string {
  const hex = codePoint.toString(16);
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  if (codePoint <= 0xffff) return `\\u${hex.padStart(4, '0')}`;
  return `\\U${hex.padStart(8, '0')}`;
}
