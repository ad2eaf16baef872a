// Rows under a line of headers, as the terminal shows them.
import { short } from '../../base/text.ts';

/** What a cell holds; nothing where it is undefined. */
export type TableCell = string | number | undefined;

/** Lay rows out under headers: columns with numbers to the right, missing ones as a dash. */
export function textTable(
  headers: readonly string[],
  rows: readonly (readonly TableCell[])[],
): string[] {
  const cells = [headers, ...rows.map((row) => row.map(cellText))];
  const widths = headers.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const isNumber = headers.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  return cells.map((row) =>
    row
      .map((text, i) => (isNumber[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function cellText(value: TableCell): string {
  return value === undefined ? '–' : typeof value === 'number' ? short(value) : value;
}
