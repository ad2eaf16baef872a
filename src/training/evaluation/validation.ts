// How good coders are on rows that they were not trained on.
import { goTogether } from '../../activations/together.ts';
import type { ValidationRows } from '../../activations/validation/rows.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { type Evaluated, type Evaluation, evaluateTogether } from './evaluate.ts';

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

/** Coders, and the rows that they are validated on. */
interface ValidatedCoders {
  readonly coders: readonly Evaluated[];
  readonly validation: Pick<ValidationRows, 'source' | 'nRead'>;
}

/**
 * Evaluate coders on rows to validate on, in one pass where these can be read side by side.
 * @throws {UserError} when none of their examples gives a row.
 */
export async function validate(
  sets: readonly ValidatedCoders[],
  options: { readonly batchSize: number; readonly signal?: AbortSignal | undefined },
): Promise<Validation[][]> {
  const { batchSize, signal } = options;
  const first = sets[0]!.validation.source;
  if (!sets.every(({ validation }) => goTogether(first, validation.source))) {
    const apart: Validation[][] = [];
    for (const set of sets) apart.push(...(await validate([set], options)));
    return apart;
  }
  const progress = startProgress('validate', { total: first.length, unit: 'rows' });
  const evaluations = await evaluateTogether(
    sets.map(({ coders, validation }) => ({ coders, source: validation.source })),
    { batchSize, progress, ...(signal && { signal }) },
  );
  return evaluations.map((own, i) =>
    own.map((evaluation, j) => {
      const { coders, validation } = sets[i]!;
      return validationOf(evaluation, coders[j]!, validation.nRead);
    }),
  );
}

function validationOf(
  evaluation: Evaluation,
  { dSae }: Pick<Evaluated, 'dSae'>,
  nExamples: number,
): Validation {
  const {
    freqs: _,
    meanValues: __,
    almostDeadThreshold: ___,
    denseThreshold: ____,
    ...numbers
  } = evaluation;
  if (numbers.rows === 0) throw new UserError('no rows to validate on: none could be read');
  return { ...numbers, nExamples, deadShare: numbers.nDead / dSae };
}
