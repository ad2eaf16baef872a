// Rows that runs train on: each set of them is read once for all runs that take it.
import type { Scaling } from '../../activations/reading/scaling.ts';
import type { ActivationSource } from '../../activations/types.ts';
import type { ValidationRows } from '../../activations/validation/rows.ts';
import type { TextModelOfRows } from '../evaluation/texts.ts';

/** Rows to train on, and what is known of them. */
export interface TrainingRows {
  readonly source: ActivationSource;
  /** How the source scales its rows, written into the checkpoints. */
  readonly scaling?: Scaling | undefined;
  /** Rows that are not trained on, to validate on. */
  readonly validation?: ValidationRows | undefined;
  /** The language model that the rows come from, and where in it. */
  readonly text?: TextModelOfRows | undefined;
}

/** Some runs, or what is known of them, by the rows that they take. */
interface OfRows<Run> {
  readonly rows: TrainingRows;
  readonly runs: readonly Run[];
}

/** Sort runs by their rows, in the order in which these first come. */
export function byRows<Run extends { readonly rows: TrainingRows }>(
  runs: readonly Run[],
): OfRows<Run>[] {
  const sorted = new Map<TrainingRows, Run[]>();
  for (const run of runs) {
    const own = sorted.get(run.rows);
    if (own === undefined) sorted.set(run.rows, [run]);
    else own.push(run);
  }
  return [...sorted].map(([rows, own]) => ({ rows, runs: own }));
}

/** Put what was found for each of the sorted runs, in their order, at the places of the runs. */
export function inOrderOf<Run extends { readonly rows: TrainingRows }, Found>(
  runs: readonly Run[],
  found: readonly (readonly Found[])[],
): Found[] {
  const places = new Map<Run, Found>();
  for (const [i, { runs: own }] of byRows(runs).entries()) {
    for (const [j, run] of own.entries()) places.set(run, found[i]![j]!);
  }
  return runs.map((run) => places.get(run)!);
}
