// Tables of comma-separated values, as Python's csv and every spreadsheet read them.

/** What a cell holds; nothing where it is undefined. */
export type CsvCell = string | number | undefined;

/**
 * Write a table with a line of headings; cells with commas, quotes or line ends are quoted, no number is `nan`. Python's
 * `csv.writer` ends lines with `\r\n`.
 */
export function csvText(
  columns: readonly string[],
  rows: Iterable<readonly CsvCell[]>,
  { lineEnd = '\n' }: { readonly lineEnd?: '\n' | '\r\n' } = {},
): string {
  return [columns, ...rows].map((cells) => `${cells.map(cellText).join(',')}${lineEnd}`).join('');
}

function cellText(cell: CsvCell): string {
  if (cell === undefined) return '';
  const text = Number.isNaN(cell) ? 'nan' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
