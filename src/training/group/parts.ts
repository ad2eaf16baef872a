// A group of which some runs have finished, or stopped apart: parts that can go on together.
import { join } from 'node:path';
import type { TrainConfig } from '../config/train-config.ts';
import type { RunRecord } from '../runs/run-directory.ts';
import { savedSteps } from './state.ts';

/** The last step that all of `saved` have, each ascending; 0: there is none. */
export function commonStep(saved: readonly (readonly number[])[]): number {
  const [first, ...others] = saved;
  return first?.filter((step) => others.every((steps) => steps.includes(step))).at(-1) ?? 0;
}

/**
 * Divide the runs of a group, by their places in it, into parts that train together. Runs that stopped together go on
 * together; none is thrown back by one that stopped earlier or has not begun.
 */
export async function partsOf(
  configs: readonly TrainConfig[],
  found: readonly (RunRecord | undefined)[],
): Promise<number[][]> {
  const saved = await Promise.all(
    configs.map(({ runRoot }, i) => {
      const id = found[i]?.id;
      return id === undefined ? [] : savedSteps(join(runRoot, id, 'state'));
    }),
  );
  const unfinished = [...configs.keys()].filter((i) => found[i]?.status !== 'finished');
  return joinBySteps(unfinished, saved);
}

/** Runs that have not begun are one part; of the others, each joins the first part with which it has a step in common. */
function joinBySteps(places: readonly number[], saved: readonly (readonly number[])[]): number[][] {
  const parts: number[][] = [];
  for (const place of places) {
    const steps = saved[place]!;
    const part = parts.find((others) => {
      const theirs = others.map((other) => saved[other]!);
      const isNew = theirs.some((each) => each.length === 0);
      return steps.length === 0 ? isNew : !isNew && commonStep([...theirs, steps]) > 0;
    });
    if (part === undefined) parts.push([place]);
    else part.push(place);
  }
  return parts;
}
