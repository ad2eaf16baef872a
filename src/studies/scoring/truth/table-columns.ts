// Which concepts a column of a table makes.
import type { Concept } from './truth.ts';

/** Concepts of a column, and what a cell says: the number of its concept, undefined for none. */
export interface ColumnConcepts {
  readonly concepts: readonly Concept[];
  readonly answers: ReadonlyMap<string, number | undefined>;
}

/** Most different numbers that are taken for names of classes. */
const HANDFUL = 10;
/** So many different texts are many, where they are more than half of the rows. */
const MANY_TEXTS = 20;
const YES = new Set(['1', '1.0', 'true', 'yes']);
const NO = new Set(['0', '0.0', 'false', 'no']);
const EMPTY = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);

/** Make concepts of the cells of a column, or say why there are none. */
export function columnConcepts(
  name: string,
  cells: readonly string[],
): ColumnConcepts | { readonly refused: string; readonly hint: string } {
  const trimmed = cells.map((cell) => cell.trim());
  const values = [...new Set(trimmed)].filter((value) => !EMPTY.has(value.toLowerCase())).sort();
  if (values.length === 0) {
    return { refused: 'all of its cells are empty', hint: 'name another column' };
  }
  const isYesOrNo = values.every((value) => answerOf(value) !== undefined);
  if (isYesOrNo) {
    return {
      concepts: [{ kind: name, name }],
      answers: new Map(values.map((value) => [value, answerOf(value) === true ? 0 : undefined])),
    };
  }
  const areNumbers = values.every((value) => Number.isFinite(Number(value)));
  if (areNumbers && values.length > HANDFUL) {
    return {
      refused: `it holds ${values.length} different numbers (${values.slice(0, 3).join(', ')}, …)`,
      hint: 'concepts are yes or no: make a column of 0 and 1 of it, such as "above 0.5"',
    };
  }
  if (!areNumbers && values.length > MANY_TEXTS && 2 * values.length > trimmed.length) {
    return {
      refused: `it holds ${values.length} different texts in ${trimmed.length} rows`,
      hint: 'a concept needs several rows; leave out columns of names',
    };
  }
  return {
    concepts: values.map((value) => ({ kind: name, name: value })),
    answers: new Map(values.map((value, number) => [value, number])),
  };
}

function answerOf(value: string): boolean | undefined {
  const lower = value.toLowerCase();
  return YES.has(lower) ? true : NO.has(lower) ? false : undefined;
}
