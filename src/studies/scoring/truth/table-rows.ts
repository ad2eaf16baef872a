// Which example each row of a table is about: by the name of its file, by its number, or by its place.
import { UserError, unknownName } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { counted } from '../../../base/text.ts';

const log = logger('score');

/** Examples as a table may name them. */
export interface ExampleNames {
  readonly length: number;
  /** What one is called, for messages: image, context. */
  readonly noun: string;
  /** Where an example stands: the path of an image. Undefined where examples have no names. */
  readonly nameOf?: (example: number) => string;
}

interface Table {
  readonly path: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NAME_COLUMNS = ['file', 'filename', 'file_name', 'path', 'image', 'img', 'source', 'name'];
const NUMBER_COLUMNS = ['index', 'example', 'context', 'row', 'idx'];
const FEW = 3;

/**
 * Match rows with examples: by the column `key`, or one that is called `file`, `path`, `image` or the like (names), `index` or
 * the like (numbers from 0); a table without any such column has a row for each example, in order.
 * @throws {UserError} when there is no such column, the rows are of other examples, or two are of the same one.
 */
export function matchRows(
  table: Table,
  examples: ExampleNames,
  key?: string,
): { key: number | undefined; rowOf: Map<number, number> } {
  const { header, rows, path } = table;
  if (key !== undefined && !header.includes(key))
    throw unknownName(`column of '${path}'`, key, header);
  const find = (names: readonly string[]): number =>
    header.findIndex((name) => names.includes(name.toLowerCase()));
  const byName = examples.nameOf === undefined ? -1 : find(NAME_COLUMNS);
  const byNumber = find(NUMBER_COLUMNS);
  const column = key === undefined ? (byName >= 0 ? byName : byNumber) : header.indexOf(key);
  if (column < 0) return { key: undefined, rowOf: inOrder(table, examples) };
  const cells = rows.map((row) => (row[column] ?? '').trim());
  const isNumber = cells.every((cell) => /^\d+$/.test(cell));
  const exampleOf =
    examples.nameOf !== undefined && (!isNumber || column === byName)
      ? namesOf(examples, examples.nameOf)
      : (cell: string): number | undefined => numberOf(cell, examples.length);
  const rowOf = new Map<number, number>();
  const strange: string[] = [];
  cells.forEach((cell, row) => {
    const example = exampleOf(cell);
    if (example === undefined) {
      strange.push(cell);
      return;
    }
    if (rowOf.has(example)) {
      throw new UserError(`invalid table of labels: '${path}' has two rows of '${cell}'`, {
        hint: `column '${header[column]}' tells which ${examples.noun} a row is of`,
      });
    }
    rowOf.set(example, row);
  });
  const some = strange.slice(0, FEW).map((cell) => `'${cell}'`);
  const what = `${counted(strange.length, 'row')} of ${rows.length} in '${path}' are of no ${examples.noun} here: ${some.join(', ')}`;
  if (rowOf.size === 0) {
    throw new UserError(`labels of other ${examples.noun}s: ${what}`, {
      hint: `there are ${counted(examples.length, examples.noun)}${firstOf(examples)}; column '${header[column]}' was taken for their names (--key names another)`,
    });
  }
  if (strange.length > 0) log.warn(`${what}${strange.length > FEW ? ', …' : ''}`);
  return { key: column, rowOf };
}

function inOrder({ path, rows, header }: Table, examples: ExampleNames): Map<number, number> {
  if (rows.length !== examples.length) {
    throw new UserError(
      `labels of ${rows.length} ${examples.noun}s ('${path}') for activations of ${examples.length}${firstOf(examples)}`,
      {
        hint: `give one row for each, or a column 'file' or 'index' that tells which ${examples.noun} a row is of (--key names it); columns: ${header.join(', ')}`,
      },
    );
  }
  return new Map(rows.map((_, row) => [row, row]));
}

function firstOf({ nameOf, length }: ExampleNames): string {
  if (nameOf === undefined || length === 0) return '';
  const names = Array.from({ length: Math.min(FEW, length) }, (_, i) => `'${nameOf(i)}'`);
  return ` (${names.join(', ')}${length > FEW ? ', …' : ''})`;
}

function numberOf(cell: string, length: number): number | undefined {
  const number = Number(cell);
  return cell !== '' && Number.isInteger(number) && number >= 0 && number < length
    ? number
    : undefined;
}

/** Find examples by the end of their path, with or without its extension; ends that several share find none. */
function namesOf(
  examples: ExampleNames,
  nameOf: (example: number) => string,
): (cell: string) => number | undefined {
  const found = new Map<string, number | undefined>();
  for (let example = 0; example < examples.length; example++) {
    const parts = nameOf(example).split(/[\\/]/);
    for (let from = Math.max(0, parts.length - 4); from < parts.length; from++) {
      const end = parts.slice(from).join('/');
      for (const name of new Set([end, end.replace(/\.[^./]*$/, '')])) {
        found.set(name, found.has(name) ? undefined : example);
      }
    }
  }
  return (cell) => {
    const parts = cell.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
    // The whole path first; then what is the same from its end on.
    for (let from = Math.max(0, parts.length - 4); from < parts.length; from++) {
      const example = found.get(parts.slice(from).join('/'));
      if (example !== undefined) return example;
    }
    return undefined;
  };
}
