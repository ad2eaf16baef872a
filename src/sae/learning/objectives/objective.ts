// What an objective is: the parts of a code that must reconstruct by themselves. Its file and a line in registry.ts are
// all that it takes.
import type { z } from 'zod';
import type { KindSchema } from '../../../base/config/kinds.ts';
import type { Random } from '../../../base/random.ts';
import type { AnnealPlan } from '../annealing.ts';

/** Which prefixes of the code a step reconstructs from. */
export interface Objective<Options extends KindSchema = KindSchema> {
  /** Its settings in the table `objective` of a training job. */
  readonly schema: Options;
  /** Ends of the prefixes of one step, ascending, the last one dSae. */
  prefixes(options: z.output<Options>, dSae: number, random: Random): number[];
  /** The most that `prefixes` gives. */
  maxPrefixes(options: z.output<Options>, dSae: number): number;
  /** Weight of the error of each prefix in the loss; absent or undefined: one over their number. */
  readonly prefixWeight?: (options: z.output<Options>) => number | undefined;
  /** Settings that may be left open, for a run of so many steps; absent where there are none. */
  readonly choose?: (options: z.output<Options>, nSteps: number) => Partial<z.output<Options>>;
  /** A penalty on powers of codes in place of that on their sum, which the activation function must have; absent: none. */
  readonly anneals?: (options: z.output<Options>) => AnnealPlan;
  /** Whether coders with gates can be trained with it: these reconstruct from the whole code. @default false */
  readonly gates?: boolean;
  /** Whether ghost gradients are defined for it: they explain what the whole code leaves over. */
  readonly ghostGrads: boolean;
}

/** State an objective: gives its functions the types of its schema. */
export function objective<Options extends KindSchema>(
  stated: Objective<Options>,
): Objective<Options> {
  return stated;
}
