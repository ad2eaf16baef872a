// The coders of a group on rows that they are not trained on: while they train, and at the end.
import type { Evaluated } from '../evaluation/evaluate.ts';
import { type Validation, validate } from '../evaluation/validation.ts';
import { validationMetrics } from '../runs/metric-names.ts';
import type { Member, SharedOptions } from './members.ts';
import { byRows, inOrderOf } from './rows.ts';

/** A member as what is evaluated. */
export function evaluated({ learner }: Pick<Member, 'learner'>): Evaluated {
  return {
    dSae: learner.device.shape.dSae,
    evaluate: (acts, targets) => learner.evaluate(acts, targets),
  };
}

/** Validate all members, each on its own rows, in one pass; undefined for those that have none. */
export async function validateMembers(
  members: readonly Member[],
  { signal }: Pick<SharedOptions, 'signal'>,
): Promise<(Validation | undefined)[]> {
  const validated = members.filter(({ rows }) => rows.validation !== undefined);
  if (validated.length === 0) return members.map(() => undefined);
  const sets = byRows(validated).map(({ rows, runs }) => ({
    coders: runs.map(evaluated),
    validation: rows.validation!,
  }));
  const batchSize = members[0]!.config.saeBatchSize;
  const found = inOrderOf(validated, await validate(sets, { batchSize, signal }));
  return members.map((member) => found[validated.indexOf(member)]);
}

/** Validate all members after `step` updates, and write down what was found. */
export async function noteValidation(
  members: readonly Member[],
  step: number,
  options: Pick<SharedOptions, 'signal'>,
): Promise<void> {
  const validations = await validateMembers(members, options);
  for (const [i, { metrics }] of members.entries()) {
    const validation = validations[i];
    if (validation !== undefined) await metrics.write(step, validationMetrics(validation));
  }
}
