// How the learning rate and the sparsity coefficient go through a run. Step 0 is the first update.

/** Shapes of a learning rate over a run: saev's own first, then those of transcoder-circuits (optim.py). */
export const LR_SCHEDULES = [
  'warmup',
  'constant',
  'constantWithWarmup',
  'linearWarmupDecay',
  'cosineAnnealing',
  'cosineAnnealingWarmup',
  'cosineAnnealingWarmRestarts',
] as const;
export type LrSchedule = (typeof LR_SCHEDULES)[number];

/** Schedules that divide what follows the warm-up by its length. */
export const DECAYING_AFTER_WARMUP: readonly LrSchedule[] = [
  'linearWarmupDecay',
  'cosineAnnealingWarmup',
];

/** Schedules that rise at first. */
export const WITH_WARMUP: readonly LrSchedule[] = [
  'warmup',
  'constantWithWarmup',
  'linearWarmupDecay',
  'cosineAnnealingWarmup',
];

/** A learning rate over a run of `nSteps` updates. */
export interface LrPlan {
  readonly schedule: LrSchedule;
  /** The highest learning rate. */
  readonly lr: number;
  /** Updates over which it rises. */
  readonly nWarmup: number;
  readonly nSteps: number;
  /** Where a cosine ends: a learning rate, but for `cosineAnnealingWarmup` a share of `lr`, as in the original. */
  readonly lrEnd: number;
  /** Times that `cosineAnnealingWarmRestarts` falls. */
  readonly nCycles: number;
}

/**
 * Learning rate of update `step`. The original moves its scheduler before each update, so its first update has the
 * rate that PyTorch calls that of step 1; saev moves it after, and starts at 0.
 */
export function scheduledRate(step: number, plan: LrPlan): number {
  const { schedule, lr, nWarmup, nSteps, lrEnd, nCycles } = plan;
  const moved = step + 1;
  const rising = (moved + 1) / nWarmup;
  const decayed = (moved - nWarmup) / (nSteps - nWarmup);
  switch (schedule) {
    case 'warmup':
      return learningRateAt(step, lr, nWarmup);
    case 'constant':
      return lr;
    case 'constantWithWarmup':
      return lr * Math.min(1, rising);
    case 'linearWarmupDecay':
      return lr * (moved < nWarmup ? rising : 1 - decayed);
    case 'cosineAnnealing':
      return cosine(moved / nSteps, lrEnd, lr);
    case 'cosineAnnealingWarmup':
      return lr * (moved < nWarmup ? rising : cosine(decayed, lrEnd, 1));
    case 'cosineAnnealingWarmRestarts': {
      const period = Math.max(1, Math.floor(nSteps / nCycles));
      return cosine((moved % period) / period, lrEnd, lr);
    }
  }
}

/** Half a wave from `high` at 0 to `low` at 1. */
function cosine(progress: number, low: number, high: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * Learning rate of update `step`: 0 for the first, then rising in a line to `final` over `nSteps` updates, as saev's
 * `Warmup` advances it (the optimiser starts at 0 and the schedule moves after each update).
 */
export function learningRateAt(step: number, final: number, nSteps: number): number {
  if (step === 0) return 0;
  return step < nSteps ? (final * step) / nSteps : final;
}

/** Sparsity coefficient of update `step`: rises in a line from 0 over `nSteps` updates; `final` from the start if 0. */
export function sparsityAt(step: number, final: number, nSteps: number): number {
  return step < nSteps ? (final * step) / nSteps : final;
}
