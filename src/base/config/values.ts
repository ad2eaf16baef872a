// Texts into values, and values into words: what a flag or an environment variable may hold.
import { canonical } from './names.ts';
import type { Field } from './shape.ts';

const numberPattern = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?$/i;
const yes = ['true', 'yes', 'on'];
const no = ['false', 'no', 'off'];

/**
 * Read one text as a value that `field` takes: a choice in any spelling, then a boolean (`true`, `yes`, `on`),
 * then a number (`16_384`, `4e-4`), then the text itself, which validation accepts or refuses.
 */
export function parseValue(text: string, { types }: Pick<Field, 'types'>): unknown {
  const choice = choiceOf(text, types);
  if (choice !== undefined) return choice;
  if (types.boolean) {
    const flag = parseBoolean(text, types.number);
    if (flag !== undefined) return flag;
  }
  if (types.number && numberPattern.test(text)) return Number(text.replaceAll('_', ''));
  return text;
}

/** The choice that a text names in any spelling, or by another word for it; undefined when it names none. */
export function choiceOf(
  text: string,
  { choices, words }: Pick<Field['types'], 'choices' | 'words'>,
): string | undefined {
  const name = canonical(text);
  return (
    choices.find((choice) => canonical(choice) === name) ??
    (Object.hasOwn(words, name) ? words[name] : undefined)
  );
}

/** Read a boolean word, or undefined; `1` and `0` count unless they could be numbers. */
export function parseBoolean(text: string, numbers = false): boolean | undefined {
  const word = text.toLowerCase();
  if (yes.includes(word) || (!numbers && word === '1')) return true;
  if (no.includes(word) || (!numbers && word === '0')) return false;
  return undefined;
}

/** Say what a field takes: `a whole number, at least 1`. */
export function describeExpected(field: Field): string {
  const { types, list } = field;
  const kinds: string[] = [];
  if (types.boolean) kinds.push('true or false');
  if (types.number) kinds.push(`a ${types.whole ? 'whole ' : ''}number${describeBounds(field)}`);
  if (types.choices.length > 0) kinds.push(oneOf(types.choices));
  if (types.text) kinds.push('a text');
  const single = kinds.join(', or ');
  if (list === undefined) return single;
  if (list.min === list.max) return `${list.min} values, each ${single}`;
  return `a list${list.min > 0 ? ` of at least ${list.min}` : ''}, each ${single}`;
}

/** Say the limits of a number: `, at least 1`. */
function describeBounds({ bounds }: Pick<Field, 'bounds'>): string {
  const parts: string[] = [];
  if (bounds.minimum !== undefined) parts.push(`at least ${bounds.minimum}`);
  if (bounds.above !== undefined) parts.push(`above ${bounds.above}`);
  if (bounds.maximum !== undefined) parts.push(`at most ${bounds.maximum}`);
  if (bounds.below !== undefined) parts.push(`below ${bounds.below}`);
  return parts.length === 0 ? '' : `, ${parts.join(' and ')}`;
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`;
}

/** Write a value as a person would type it. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value);
}
