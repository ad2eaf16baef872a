// The learning rate of a run: its schedule, and the dip after each resampling of dead latents.

import type { FittedConfig } from '../config/fitting.ts';
import { type LrPlan, scheduledRate, sparsityAt } from '../config/schedules.ts';

/** Steps over which the learning rate rises again, from 1 / DIP of what it was. */
export const DIP = 10_000;

/** Where a run stands in its schedule, JSON-safe. */
export interface RatePosition {
  /** Updates made at rates of the schedule, which stands still in a dip. */
  readonly scheduled: number;
  /** Updates left of a dip. */
  readonly dip: number;
}

/** At the beginning. */
export const FIRST_RATE: RatePosition = { scheduled: 0, dip: 0 };

/** The plan that a configuration asks for, for a run of `nSteps` updates. */
export function lrPlan(config: FittedConfig, nSteps: number): LrPlan {
  const { lrSchedule, lr, nLrWarmup, lrEnd = lr / 10, nLrCycles } = config;
  return { schedule: lrSchedule, lr, nWarmup: nLrWarmup, nSteps, lrEnd, nCycles: nLrCycles };
}

/**
 * Learning rate of the next update, and where the run stands after it. `resampled` begins a dip: the rate falls to
 * 1/10,000 of the schedule's last and rises in a line over 10,000 updates, after which the schedule goes on.
 */
export function nextRate(
  position: RatePosition,
  plan: LrPlan,
  resampled = false,
): { learningRate: number; position: RatePosition } {
  const { scheduled } = position;
  const dip = resampled && scheduled > 0 ? DIP : position.dip;
  if (dip === 0) {
    return {
      learningRate: scheduledRate(scheduled, plan),
      position: { scheduled: scheduled + 1, dip: 0 },
    };
  }
  const full = scheduledRate(scheduled - 1, plan);
  const low = full / DIP;
  const learningRate = dip === 1 ? full : low + ((full - low) / DIP) * (DIP - dip + 1);
  return { learningRate, position: { scheduled, dip: dip - 1 } };
}

/** Weight of the sparsity penalty in update `step`. */
export function sparsityCoeffAt(
  step: number,
  { objective, nSparsityWarmup }: FittedConfig,
): number {
  return sparsityAt(step, objective.sparsityCoeff, nSparsityWarmup);
}
