// Tables of a job's settings for the documentation, made from its schema.
import { flagOf } from '../../src/base/config/names.ts';
import { sectionsOf, showDefault } from '../../src/base/config/sections.ts';
import type { Field, Table } from '../../src/base/config/shape.ts';
import { describeExpected } from '../../src/base/config/values.ts';

/** Write the settings of a job as Markdown: a table for each heading, and for what each kind adds. */
export function markdownTables(table: Table, title: string): string {
  const parts: string[] = [];
  for (const section of sectionsOf(table, title)) {
    parts.push(`### ${heading(section.title)}`);
    if (section.description !== '') parts.push(section.description);
    if (section.fields.length > 0) parts.push(fieldTable(section.fields));
    for (const { chooser, value, description, fields } of section.variants) {
      parts.push(`With \`${chooser} = "${value}"\`: ${description}`);
      if (fields.length > 0) parts.push(fieldTable(fields));
    }
  }
  return `${parts.join('\n\n')}\n`;
}

function heading(title: string): string {
  return /^[a-z]/.test(title) ? `\`${title}\`` : title;
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map((field) => [
    `\`${field.path.join('.')}\``,
    `\`${flagOf(field.path)}\`${field.env === undefined ? '' : ` or \`${field.env}\``}`,
    describeExpected(field),
    showDefault(field) === '' ? '' : `\`${showDefault(field)}\``,
    field.description,
  ]);
  return [
    ['setting', 'flag', 'takes', 'default', 'meaning'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
