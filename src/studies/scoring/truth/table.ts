// Concepts from a table of labels: a CSV file with a row for each example and a column for each question.
import { UserError, unknownName } from '../../../base/errors.ts';
import { readText } from '../../../base/files.ts';
import { logger } from '../../../base/log.ts';
import { counted } from '../../../base/text.ts';
import { columnConcepts } from './table-columns.ts';
import { type ExampleNames, matchRows } from './table-rows.ts';
import { type Concept, type ConceptTruth, kindsOf, type RowTruth } from './truth.ts';

const log = logger('score');

/** What of a table is read. */
export interface TableOptions {
  /** Columns to make concepts of; all that can be when empty. */
  readonly columns: readonly string[];
  /** Column that tells which example a row is of; found by its name when undefined. */
  readonly key?: string | undefined;
}

/**
 * Read a table of labels about examples. A column of texts becomes one concept a value, one of 0 and 1 (true and false, yes
 * and no) one concept; where a cell is empty, the row is left out for the concepts of that column.
 * @throws {UserError} for columns that are not there or make no concepts, and for rows of other examples.
 */
export async function tableTruth(
  path: string,
  examples: ExampleNames,
  options: TableOptions,
): Promise<ConceptTruth> {
  const { header, rows } = await readTable(path);
  const { key, rowOf } = matchRows({ path, header, rows }, examples, options.key);
  const names = options.columns.length > 0 ? options.columns : header;
  const concepts: Concept[] = [];
  const answers: { column: number; concepts: ReadonlyMap<string, number | undefined> }[] = [];
  for (const name of new Set(names)) {
    const column = header.indexOf(name);
    if (column < 0) throw unknownName(`column of '${path}'`, name, header);
    if (column === key) continue;
    const made = columnConcepts(
      name,
      [...rowOf.values()].map((row) => rows[row]![column] ?? ''),
    );
    if ('refused' in made) {
      const message = `column '${name}' of '${path}' makes no concepts: ${made.refused}`;
      if (options.columns.length > 0) throw new UserError(message, { hint: made.hint });
      log.warn(message);
      continue;
    }
    const first = concepts.length;
    concepts.push(...made.concepts);
    const numbers = [...made.answers].map(
      ([value, n]) => [value, n === undefined ? undefined : first + n] as const,
    );
    answers.push({ column, concepts: new Map(numbers) });
  }
  if (concepts.length === 0) {
    throw new UserError(`no column of '${path}' makes concepts`, {
      hint: `its columns: ${header.join(', ')}`,
    });
  }
  const kinds = kindsOf(concepts);
  const truths = new Map<number, RowTruth>();
  for (const [example, row] of rowOf) {
    const present: number[] = [];
    const unknown: number[] = [];
    for (const { column, concepts: ofValue } of answers) {
      const cell = (rows[row]![column] ?? '').trim();
      if (!ofValue.has(cell)) unknown.push(kinds.indexOf(header[column]!));
      else if (ofValue.get(cell) !== undefined) present.push(ofValue.get(cell)!);
    }
    truths.set(example, { present, unknown });
  }
  const missing = examples.length - truths.size;
  if (missing > 0) {
    log.warn(
      `${counted(missing, 'example')} of ${examples.length} have no row in '${path}' and are left out`,
    );
  }
  return {
    source: path,
    concepts,
    kinds,
    level: 'example',
    nExamples: examples.length,
    of: (example) => truths.get(example),
  };
}

interface Table {
  readonly header: string[];
  readonly rows: string[][];
}

async function readTable(path: string): Promise<Table> {
  const text = await readText(path, 'table of labels');
  const { parse } = await import('csv-parse/sync');
  let records: string[][];
  try {
    records = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      skip_empty_lines: true,
      relax_column_count: true,
      trim: true,
    });
  } catch (cause) {
    throw new UserError(`invalid table of labels: '${path}'`, { cause });
  }
  const [header = [], ...rows] = records;
  const repeated = header.find((name, i) => header.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new UserError(`invalid table of labels: '${path}' has two columns '${repeated}'`);
  }
  if (rows.length === 0) {
    throw new UserError(`empty table of labels: '${path}'`, {
      hint: 'its first line names the columns, and a line follows for each example',
    });
  }
  const odd = rows.findIndex((row) => row.length > header.length);
  if (odd >= 0) {
    throw new UserError(
      `invalid table of labels: row ${odd + 1} of '${path}' has ${rows[odd]!.length} cells for ${header.length} columns`,
      { hint: 'put cells that hold the separator into quotation marks' },
    );
  }
  return { header, rows };
}

/** The separator that stands most often in the first line, outside of quotation marks. */
function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (mark: string): number => line.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
