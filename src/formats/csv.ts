// Tables of comma-separated values, as Python's csv and every spreadsheet read them.

/** What a cell holds; nothing where it is undefined. */
export type CsvCell = string | number | undefined;

/** Write a table with a line of headings; cells with commas, quotes or line ends are quoted. Lines end with `\n`. */
export function csvText(columns: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  const lines = [columns, ...rows].map((cells) => cells.map(cellText).join(','));
  return `${lines.join('\n')}\n`;
}

function cellText(cell: CsvCell): string {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
