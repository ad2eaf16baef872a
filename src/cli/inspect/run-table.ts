// The runs of a folder as a table: for reading, or for a spreadsheet.
import { UserError } from '../../base/errors.ts';
import { csvText } from '../../formats/csv.ts';
import { textTable } from '../program/text-table.ts';
import type { Description } from './description.ts';
import { lossScore, type Numbers } from './numbers.ts';

/** What of a run stands in the table. */
export interface RunRow {
  readonly started: string;
  readonly state: string;
  readonly kind: string;
  readonly sparsity: number | undefined;
  readonly lr: number | undefined;
  /** Empty before the run has finished. */
  readonly evaluation: Numbers;
}

/** A run's description, which brings its row. */
export type DescribedRun = Description & { readonly row: RunRow };

interface Column {
  readonly header: string;
  readonly value: (run: DescribedRun) => string | number | undefined;
}

const evaluated =
  (key: string): Column['value'] =>
  ({ row }) =>
    row.evaluation[key];

/** Columns by the name that `--sort` takes. */
const COLUMNS = {
  started: { header: 'started', value: ({ row }) => row.started.slice(0, 19).replace('T', ' ') },
  state: { header: 'state', value: ({ row }) => row.state },
  kind: { header: 'kind', value: ({ row }) => row.kind },
  sparsity: { header: 'sparsity', value: ({ row }) => row.sparsity },
  lr: { header: 'lr', value: ({ row }) => row.lr },
  l0: { header: 'L0', value: evaluated('l0') },
  mse: { header: 'MSE', value: evaluated('mse') },
  normalizedMse: { header: 'normalised MSE', value: evaluated('normalizedMse') },
  explainedVariance: { header: 'explained', value: evaluated('explainedVariance') },
  dead: { header: 'dead', value: evaluated('nDead') },
  score: { header: 'loss score', value: ({ row }) => lossScore(row.evaluation) },
  path: { header: 'path', value: ({ path }) => path },
} as const satisfies Record<string, Column>;

type ColumnName = keyof typeof COLUMNS;

/** Names that `--sort` takes. */
export const RUN_COLUMNS = Object.keys(COLUMNS) as [ColumnName, ...ColumnName[]];

/** Tell whether a description is a run's. */
export function isRun(found: Description): found is DescribedRun {
  return 'row' in found;
}

/** Sort runs by a column, ascending; those without a value come last. */
export function sortRuns(runs: readonly DescribedRun[], by: ColumnName): DescribedRun[] {
  const { value }: Column = COLUMNS[by];
  const missing = (run: DescribedRun): boolean => value(run) === undefined;
  return runs.toSorted((a, b) => {
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    const [x, y] = [value(a)!, value(b)!];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** Lay runs out under a line of headers; a column in which no run has anything is left out. */
export function runTable(runs: readonly DescribedRun[]): string[] {
  const shown = usedColumns(runs);
  return textTable(
    shown.map(({ header }) => header),
    runs.map((run) => shown.map(({ value }) => value(run))),
  );
}

/**
 * Write runs as CSV (RFC 4180), numbers in full.
 * @throws {UserError} where there are none
 */
export function runCsv(runs: readonly DescribedRun[]): string[] {
  if (runs.length === 0) {
    throw new UserError('unsupported: --csv without a run', {
      hint: 'name runs, or a folder that holds some',
    });
  }
  const columns = Object.entries<Column>(COLUMNS);
  const text = csvText(
    columns.map(([name]) => name),
    runs.map((run) => columns.map(([, { value }]) => value(run))),
  );
  return text.trimEnd().split('\n');
}

function usedColumns(runs: readonly DescribedRun[]): Column[] {
  const columns: Column[] = Object.values(COLUMNS);
  return columns.filter(({ value }) => runs.some((run) => value(run) !== undefined));
}
