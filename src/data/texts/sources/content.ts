// What one record of a file holds: a text, or the tokens of one.
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';

/** Columns to look for when none is named, best first: ready-made tokens go before text, as in transcoder-circuits. */
const USUAL = ['tokens', 'input_ids', 'text'];

/** The setting that names a column. */
export const columnField = z
  .string()
  .min(1)
  .optional()
  .describe('Column of texts or of token lists; otherwise the first of tokens, input_ids, text.');

/**
 * Choose the column to read. `where` names the file.
 * @throws {UserError} when there is none; it lists the columns.
 */
export function chooseColumn(
  columns: readonly string[],
  wanted: string | undefined,
  where: string,
): string {
  const found = (wanted === undefined ? USUAL : [wanted]).find((name) => columns.includes(name));
  if (found !== undefined) return found;
  const what = wanted === undefined ? `column ${USUAL.map(quote).join(' or ')}` : quote(wanted);
  throw new UserError(`missing ${wanted === undefined ? '' : 'column '}${what} in '${where}'`, {
    hint: `its columns: ${columns.join(', ') || 'none'}; name the one to read as column`,
  });
}

/**
 * Read a value as text or as token ids (32-bit, not negative); null counts as no text.
 * @throws {UserError} when it is neither.
 */
export function contentOf(value: unknown, column: string, where: string): string | Int32Array {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    const ids = Array.from(value as ArrayLike<unknown>, Number);
    if (ids.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31)) {
      return Int32Array.from(ids);
    }
  }
  throw new UserError(`invalid column '${column}' in '${where}': neither text nor token numbers`);
}

function quote(name: string): string {
  return `'${name}'`;
}
