// Changing values inside a text of JSON: whatever is not changed keeps its bytes, numbers and white space included.
import type { JsonEdit } from '../../pages/circuits/mark-edits.ts';

/** What happens below one value: it is replaced or taken out, or something in it is. */
interface Change {
  /** Undefined takes the value out. */
  value?: { readonly to: unknown };
  readonly inside: Map<string, Change>;
}

/**
 * Apply edits to a text of JSON. Members that there are not yet come at the end of their object. Of several members with
 * one name the last is changed, which is the one that counts.
 *
 * @throws {SyntaxError} when the text is no JSON.
 */
export function editJson(text: string, edits: readonly JsonEdit[]): string {
  JSON.parse(text);
  const root: Change = { inside: new Map() };
  for (const { path, value } of edits) {
    let change = root;
    for (const key of path) {
      const next: Change = change.inside.get(String(key)) ?? { inside: new Map() };
      change.inside.set(String(key), next);
      change = next;
    }
    change.value = { to: value };
  }
  const start = afterSpace(text, 0);
  const end = endOfValue(text, start);
  return text.slice(0, start) + changed(text, [start, end], root) + text.slice(end);
}

type Span = readonly [start: number, end: number];

/** A member of an object or an item of a list. */
interface Part {
  readonly key: string;
  /** With its key. */
  readonly start: number;
  readonly value: Span;
}

function changed(text: string, [start, end]: Span, change: Change): string {
  if (change.value !== undefined) return written(change.value.to, indentAt(text, start));
  if (change.inside.size === 0) return text.slice(start, end);
  const isObject = text[start] === '{';
  if (!isObject && text[start] !== '[') throw new RangeError('an edit leads into a single value');
  const parts = partsOf(text, start, isObject);
  const lastOf = new Map(parts.map((part, i) => [part.key, i]));
  const pieces: string[] = [];
  let at = start + 1;
  let isFirst = true;
  parts.forEach((part, i) => {
    const inner = lastOf.get(part.key) === i ? change.inside.get(part.key) : undefined;
    if (isRemoval(inner)) {
      // The comma goes with it: the one behind where it is the first that stays, else the one in front.
      at = isFirst ? (parts[i + 1]?.start ?? part.value[1]) : part.value[1];
      return;
    }
    const [from, to] = part.value;
    pieces.push(
      text.slice(at, from),
      inner ? changed(text, part.value, inner) : text.slice(from, to),
    );
    at = to;
    isFirst = false;
  });
  const added = [...change.inside].filter(([key, inner]) => !lastOf.has(key) && !isRemoval(inner));
  if (added.length > 0 && !isObject) throw new RangeError('an edit leads behind the end of a list');
  const space = parts[0] === undefined ? '' : text.slice(start + 1, parts[0].start);
  for (const [key, inner] of added) {
    const value = written(madeOf(inner), space.includes('\n') ? space : undefined);
    pieces.push(`${isFirst ? space : `,${space || ' '}`}${JSON.stringify(key)}: ${value}`);
    isFirst = false;
  }
  return `${text[start]}${pieces.join('')}${text.slice(at, end)}`;
}

function isRemoval(change: Change | undefined): boolean {
  return change?.value !== undefined && change.value.to === undefined;
}

/** What a change makes where nothing is. */
function madeOf({ value, inside }: Change): unknown {
  if (value !== undefined) return value.to;
  return Object.fromEntries([...inside].map(([key, inner]) => [key, madeOf(inner)]));
}

/** A value as text; over several lines where its neighbours stand on lines of their own, indented as they are. */
function written(value: unknown, lineStart: string | undefined): string {
  if (lineStart === undefined) return JSON.stringify(value);
  const indent = lineStart.slice(lineStart.lastIndexOf('\n') + 1);
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}

/** The white space at the beginning of the line of a member; undefined where others stand before it on the line. */
function indentAt(text: string, at: number): string | undefined {
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const [, indent] =
    /^([ \t]*)(?:"(?:[^"\\]|\\.)*"\s*:\s*)?$/.exec(text.slice(lineStart, at)) ?? [];
  return lineStart === 0 || indent === undefined ? undefined : `\n${indent}`;
}

/** The members or items of what begins at `start`, in a text that is known to be JSON. */
function partsOf(text: string, start: number, isObject: boolean): Part[] {
  const parts: Part[] = [];
  let at = afterSpace(text, start + 1);
  while (text[at] !== '}' && text[at] !== ']') {
    const from = at;
    let key = String(parts.length);
    if (isObject) {
      const keyEnd = endOfString(text, at);
      key = JSON.parse(text.slice(at, keyEnd)) as string;
      at = afterSpace(text, afterSpace(text, keyEnd) + 1);
    }
    const end = endOfValue(text, at);
    parts.push({ key, start: from, value: [at, end] });
    at = afterSpace(text, end);
    if (text[at] === ',') at = afterSpace(text, at + 1);
  }
  return parts;
}

function afterSpace(text: string, at: number): number {
  let next = at;
  while (' \t\n\r'.includes(text[next] ?? '-')) next++;
  return next;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') {
    let end = start;
    while (/[\w.+-]/.test(text[end] ?? ' ')) end++;
    return end;
  }
  let depth = 0;
  for (let at = start; ; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at) - 1;
    else if (sign === '{' || sign === '[') depth++;
    else if ((sign === '}' || sign === ']') && --depth === 0) return at + 1;
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
