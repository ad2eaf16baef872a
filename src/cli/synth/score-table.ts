// The table of what coders have found of a synthetic world.
import type { OverSeeds } from '../../studies/synth/summary.ts';
import type { WorldScores } from '../../studies/synth/world-scores.ts';
import { textTable } from '../program/text-table.ts';

/** Scores in the order of columns, and digits behind the point. */
const COLUMNS: readonly (readonly [keyof WorldScores, string, number])[] = [
  ['l0', 'L0', 2],
  ['f1', 'F1', 4],
  ['mcc', 'MCC', 4],
  ['uniqueness', 'unique', 4],
  ['explainedVariance', 'EV', 4],
  ['precision', 'precision', 4],
  ['recall', 'recall', 4],
  ['shrinkage', 'shrinkage', 4],
  ['nDead', 'dead', 1],
];

/** Rows of the table: what they are called, and their scores over one seed or several. */
export interface ScoreRow {
  readonly name: string;
  readonly seeds: number;
  readonly scores: Readonly<Record<keyof WorldScores, OverSeeds>>;
}

/** Lay scores out as a table; behind means over seeds stand their standard deviations. */
export function scoreTable(rows: readonly ScoreRow[]): string[] {
  const hasSeeds = rows.some(({ seeds }) => seeds > 1);
  const head = ['coder', ...(hasSeeds ? ['seeds'] : []), ...COLUMNS.map(([, name]) => name)];
  return textTable(
    head,
    rows.map(({ name, seeds, scores }) => [
      name,
      ...(hasSeeds ? [String(seeds)] : []),
      ...COLUMNS.map(([score, , digits]) => cell(scores[score], digits)),
    ]),
  );
}

function cell({ mean, deviation }: OverSeeds, digits: number): string {
  const text = mean.toFixed(digits);
  return deviation === undefined ? text : `${text} ± ${deviation.toFixed(digits)}`;
}
