// How good coders are on rows that they were not trained on.
import type { ValidationRows } from '../../activations/validation.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { type Evaluated, type Evaluation, evaluate } from './evaluate.ts';

/** An evaluation on rows that were not trained on; explained variance is about their own mean. */
export interface Validation
  extends Pick<
    Evaluation,
    | 'rows'
    | 'l0'
    | 'l1'
    | 'mse'
    | 'normalizedMse'
    | 'explainedVariance'
    | 'nDead'
    | 'nAlmostDead'
    | 'nDense'
  > {
  /** Images or contexts that the rows are of. */
  readonly nExamples: number;
  /** Share of latents that fire on none of the rows. */
  readonly deadShare: number;
}

/**
 * Evaluate coders on rows to validate on, in one pass.
 * @throws {UserError} when none of their examples gives a row.
 */
export async function validate(
  coders: readonly Evaluated[],
  { source, nRead }: Pick<ValidationRows, 'source' | 'nRead'>,
  options: { readonly batchSize: number; readonly signal?: AbortSignal | undefined },
): Promise<Validation[]> {
  const { batchSize, signal } = options;
  const progress = startProgress('validate', { total: source.length, unit: 'rows' });
  const evaluations = await evaluate(coders, source, {
    batchSize,
    progress,
    ...(signal && { signal }),
  });
  return evaluations.map((evaluation, i) => {
    const {
      freqs: _,
      meanValues: __,
      almostDeadThreshold: ___,
      denseThreshold: ____,
      ...numbers
    } = evaluation;
    if (numbers.rows === 0) throw new UserError('no rows to validate on: none could be read');
    return { ...numbers, nExamples: nRead, deadShare: numbers.nDead / coders[i]!.dSae };
  });
}
