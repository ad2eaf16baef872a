// From the name of an objective to what it does.
import type { Random } from '../../../base/random.ts';
import type { AnnealPlan } from '../annealing.ts';
import type { Objective } from './objective.ts';
import { OBJECTIVES, type ObjectiveChoice } from './registry.ts';

/** An objective with its settings filled in, for a coder of `dSae` latents. */
export interface ResolvedObjective extends Pick<Objective, 'gates' | 'ghostGrads'> {
  readonly kind: ObjectiveChoice['kind'];
  /** Ends of the prefixes of one step, ascending, the last one dSae. */
  prefixes(random: Random): number[];
  /** The most that `prefixes` gives. */
  readonly maxPrefixes: number;
  /** Weight of the error of each prefix in the loss; one over their number when undefined. */
  readonly prefixWeight: number | undefined;
  /** A penalty on powers of codes in place of that on their sum. */
  readonly anneals: AnnealPlan | undefined;
}

/**
 * Look an objective up and fill its settings in; others of the same object are left aside.
 * @throws {RangeError} when there is none of that kind.
 * @throws {UserError} when its settings do not fit so many latents.
 */
export function resolveObjective(choice: ObjectiveChoice, dSae: number): ResolvedObjective {
  const one = objectiveOf(choice);
  return {
    kind: choice.kind,
    gates: one.gates === true,
    ghostGrads: one.ghostGrads,
    prefixes: (random) => one.prefixes(choice, dSae, random),
    maxPrefixes: one.maxPrefixes(choice, dSae),
    prefixWeight: one.prefixWeight?.(choice),
    anneals: one.anneals?.(choice),
  };
}

/**
 * Find the objective that a configuration names.
 * @throws {RangeError} when there is none of that kind.
 */
export function objectiveOf({ kind }: Pick<ObjectiveChoice, 'kind'>): Objective {
  const all: readonly Objective[] = OBJECTIVES;
  const found = all.find(({ schema }) => schema.shape.kind.value === kind);
  if (found === undefined) throw new RangeError(`unknown objective: '${kind}'`);
  return found;
}

/** What an objective chooses of its settings where they leave it open, for a run of so many steps. */
export function chosenOfObjective(
  choice: ObjectiveChoice,
  nSteps: number,
): Readonly<Record<string, unknown>> {
  const given = new Map<string, unknown>(Object.entries(choice));
  const all = Object.entries<unknown>(objectiveOf(choice).choose?.(choice, nSteps) ?? {});
  return Object.fromEntries(all.filter(([name]) => given.get(name) === undefined));
}
