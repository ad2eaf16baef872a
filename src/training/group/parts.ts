// A group of which some runs have finished, or stopped apart: parts that can go on together.
import { join } from 'node:path';
import { stableJson } from '../../base/json.ts';
import type { TrainConfig } from '../config/train-config.ts';
import type { RunRecord, StreamSeeds } from '../runs/run-directory.ts';
import { savedSteps } from './state.ts';

/** The last step that all of `saved` have, each ascending; 0: there is none. */
export function commonStep(saved: readonly (readonly number[])[]): number {
  const [first, ...others] = saved;
  return first?.filter((step) => others.every((steps) => steps.includes(step))).at(-1) ?? 0;
}

/** Runs of a group that train together. */
export interface Part {
  /** Places in the group. */
  readonly places: number[];
  readonly stream: StreamSeeds;
  /** Whether no run of it has begun. */
  readonly isNew: boolean;
}

/**
 * Divide the unfinished runs of a group into parts that train together: those whose rows `goTogether`, told by their places. Runs
 * that stopped together go on together, on the stream of rows that they began with; none is thrown back by one that stopped
 * earlier or has not begun.
 */
export async function partsOf(
  configs: readonly TrainConfig[],
  found: readonly (RunRecord | undefined)[],
  goTogether: (place: number, other: number) => boolean = () => true,
): Promise<Part[]> {
  const saved = await Promise.all(
    configs.map(({ runRoot }, i) => {
      const id = found[i]?.id;
      return id === undefined ? [] : savedSteps(join(runRoot, id, 'state'));
    }),
  );
  const { seed, sae } = configs[0]!;
  const own: StreamSeeds = { seed, saeSeed: sae.seed };
  const streams = found.map((run) => run?.stream ?? own);
  const parts: Part[] = [];
  for (const [place, stream] of streams.entries()) {
    if (found[place]?.status === 'finished') continue;
    const part = parts.find(
      (other) =>
        goTogether(other.places[0]!, place) &&
        other.isNew === (found[place] === undefined) &&
        fits(saved, other, place, stream),
    );
    if (part === undefined)
      parts.push({ places: [place], stream, isNew: found[place] === undefined });
    else part.places.push(place);
  }
  return parts;
}

/** Runs that have not begun fit together; so do those that have a step in common. */
function fits(
  saved: readonly (readonly number[])[],
  part: Part,
  place: number,
  stream: StreamSeeds,
): boolean {
  if (stableJson(part.stream) !== stableJson(stream)) return false;
  const theirs = part.places.map((other) => saved[other]!);
  const steps = saved[place]!;
  const isNew = theirs.some((each) => each.length === 0);
  return steps.length === 0 ? isNew : !isNew && commonStep([...theirs, steps]) > 0;
}
