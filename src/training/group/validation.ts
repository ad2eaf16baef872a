// The coders of a group on rows that they are not trained on: while they train, and at the end.
import type { Evaluated } from '../evaluation/evaluate.ts';
import { type Validation, validate } from '../evaluation/validation.ts';
import { validationMetrics } from '../runs/metric-names.ts';
import type { GroupOptions, Member } from './members.ts';

/** A member as what is evaluated. */
export function evaluated({ learner }: Pick<Member, 'learner'>): Evaluated {
  return {
    dSae: learner.device.shape.dSae,
    evaluate: (acts, targets) => learner.evaluate(acts, targets),
  };
}

/** Validate all members in one pass; empty where there are no rows for it. */
export async function validateMembers(
  members: readonly Member[],
  { validation, signal }: Pick<GroupOptions, 'validation' | 'signal'>,
): Promise<Validation[]> {
  if (validation === undefined) return [];
  const batchSize = members[0]!.config.saeBatchSize;
  return validate(members.map(evaluated), validation, { batchSize, signal });
}

/** Validate all members after `step` updates, and write down what was found. */
export async function noteValidation(
  members: readonly Member[],
  step: number,
  options: Pick<GroupOptions, 'validation' | 'signal'>,
): Promise<void> {
  const validations = await validateMembers(members, options);
  for (const [i, { metrics }] of members.entries()) {
    await metrics.write(step, validationMetrics(validations[i]!));
  }
}
