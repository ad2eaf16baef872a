// The help text of a command, made from its schema.
import { wrap } from '../text.ts';
import { placeholder, wordOf } from './flags.ts';
import { flagOf } from './names.ts';
import { sectionsOf, showDefault } from './sections.ts';
import type { Field, Table } from './shape.ts';

interface HelpOptions {
  /** First line, after `Usage:`. */
  readonly usage: string;
  /** Heading of the fields that stand in no table and no group. */
  readonly title?: string;
  /** Width of the terminal in columns. */
  readonly columns?: number;
  /** Paragraphs for the end. */
  readonly notes?: readonly string[];
}

const INDENT = 2;
const LEFT = 34;

/** Write a command's help: usage, what it does, and every flag with its meaning and default. */
export function helpText(table: Table, options: HelpOptions): string {
  const columns = Math.min(Math.max(options.columns ?? 100, 60), 120);
  const lines = [`Usage: ${options.usage}`, '', ...wrap(table.description, columns, 0)];
  for (const section of sectionsOf(table, options.title)) {
    const heading =
      section.description === '' ? section.title : `${section.title}: ${section.description}`;
    lines.push('', ...wrap(heading, columns, 0));
    for (const field of section.fields) lines.push(...entry(field, columns));
    for (const { chooser, value, description, fields } of section.variants) {
      lines.push(...wrap(`with ${chooser} ${value}: ${description}`, columns, INDENT));
      for (const field of fields) lines.push(...entry(field, columns));
    }
  }
  for (const note of options.notes ?? []) lines.push('', ...wrap(note, columns, 0));
  return `${lines.join('\n')}\n`;
}

function entry(field: Field, columns: number): string[] {
  const values = field.positional ? '' : placeholder(field);
  const more =
    field.list === undefined ? '' : field.list.min === field.list.max ? ` ${values}` : ' …';
  const left = `${' '.repeat(INDENT)}${flagName(field)}${values === '' ? '' : ` ${values}`}${more}`;
  const shown = showDefault(field);
  const extra = [
    ...(shown === '' ? [] : [`default ${shown}`]),
    ...(field.env === undefined ? [] : [`environment ${field.env}`]),
  ];
  const text = `${field.description}${extra.length === 0 ? '' : ` [${extra.join('; ')}]`}`;
  const right = wrap(text, columns, LEFT);
  if (left.length > LEFT - 2) return [left, ...right];
  return [left.padEnd(LEFT) + (right[0] ?? '').trimStart(), ...right.slice(1)];
}

/** The flag as one would type it: a switch that is on by default shows how it is turned off. */
function flagName(field: Field): string {
  if (field.positional) return wordOf(field);
  const { path, types, default: value } = field;
  const flag = flagOf(path);
  const isOn = types.boolean && !types.text && value === true;
  return isOn ? flag.replace(/[^.-][^.]*$/, (last) => `[no-]${last}`) : flag;
}
