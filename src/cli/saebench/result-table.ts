// Results of SAEBench as the terminal shows them.
import { type BenchedResult, tableOf } from '../../studies/saebench/results/summary.ts';
import { textTable } from '../program/text-table.ts';

/** Lay results out, a table for each kind of measurement. */
export function resultLines(benched: readonly Pick<BenchedResult, 'result'>[]): string[] {
  const kinds = [...new Set(benched.map(({ result }) => result.eval_type_id))];
  return kinds.flatMap((kind, i) => {
    const own = benched.flatMap(({ result }) => (result.eval_type_id === kind ? [result] : []));
    const { columns, rows } = tableOf(own);
    return [
      ...(i > 0 ? [''] : []),
      ...(kinds.length > 1 ? [kind] : []),
      ...textTable(columns, rows),
    ];
  });
}
