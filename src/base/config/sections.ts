// The fields of a job under headings, as help and docs show them.
import type { Field, Table } from './shape.ts';

/** Fields that belong to one heading. */
export interface Section {
  readonly title: string;
  readonly description: string;
  readonly fields: readonly Field[];
  /** What the section's kinds add, by the value of the field that chooses. */
  readonly variants: readonly Variant[];
}

/** One kind of a table that has kinds. */
export interface Variant {
  /** Dotted path of the choosing field, and its value. */
  readonly chooser: string;
  readonly value: string;
  readonly description: string;
  readonly fields: readonly Field[];
}

/** Put a job's fields under headings: its own first, then one for each table, then one for each group. */
export function sectionsOf(table: Table, title = 'Job'): Section[] {
  const own = [...table.fields.values()].flat();
  const ungrouped = table.path.length > 0 ? own : own.filter(({ group }) => group === undefined);
  const sections: Section[] = [];
  if (ungrouped.length > 0) {
    sections.push({
      title: table.path.length === 0 ? title : table.path.join('.'),
      description: table.path.length === 0 ? '' : table.description,
      fields: ungrouped.filter(({ variants }) => variants.length === 0),
      variants: variantsOf(table, ungrouped),
    });
  }
  for (const inner of table.tables.values()) sections.push(...sectionsOf(inner));
  if (table.path.length > 0) return sections;
  const groups = new Set(own.flatMap(({ group }) => group ?? []));
  for (const group of groups) {
    const fields = own.filter((field) => field.group === group);
    sections.push({ title: group, description: '', fields, variants: [] });
  }
  return sections;
}

function variantsOf(table: Table, fields: readonly Field[]): Variant[] {
  const { discriminator } = table;
  if (discriminator === undefined) return [];
  return [...discriminator.variants].map(([value, { description }]) => ({
    chooser: [...table.path, discriminator.key].join('.'),
    value,
    description,
    fields: fields.filter(({ variants }) => variants.includes(value)),
  }));
}

/** Write a default as it would be typed; empty when there is none, or a switch that is off. */
export function showDefault({ default: value }: Field): string {
  if (value === undefined || value === '' || value === false) return '';
  if (Array.isArray(value)) return value.join(' ');
  return String(value);
}
