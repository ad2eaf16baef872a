// A sparsity coefficient that is adjusted as training goes, so that a given number of latents fires on a row: the controller of
// SynthSAEBench's experiments (arXiv 2602.14687; decoderesearch/synth-sae-bench-experiments, coefficient_autotuner.py).
// It integrates: a factor rises while L0 is above its aim and falls while it is below, slowly where L0 moves there anyway.

/** Share of a batch in the running L0; more in a run that is too short for it. */
const NEW_L0 = 0.01;
/** The same in the rate at which that mean changes. */
const NEW_RATE = 0.05;
/** Relative errors above the inverse of it count alike. */
const STEEPNESS = 10;
/** Share of an adjustment that is made while L0 moves towards its aim. */
const WHILE_CONVERGING = 0.01;
/** The largest share by which the factor changes in a step of a long run. */
const GAIN = 3e-4;
/** What the factor may change by in all, as a logarithm, in a run that is too short for that gain. */
const REACH = 8;
const [LEAST, MOST] = [1e-2, 1e2];

/** Where the controller stands, JSON-safe. */
export interface HeldL0 {
  /** What the coefficient is multiplied with. */
  readonly factor: number;
  /** Running mean of L0 over batches; undefined before the first. */
  readonly l0?: number | undefined;
  /** How much that mean changes in a step. */
  readonly rate: number;
}

/** At the beginning. */
export const FIRST_HOLD: HeldL0 = { factor: 1, rate: 0 };

/** What L0 is held at, and from when on. */
export interface HoldPlan {
  readonly aim: number;
  /** Steps before it, while the coefficient rises. */
  readonly after: number;
  readonly nSteps: number;
}

/**
 * Where the controller stands after a step in which `l0` latents fired on a row, on average. The original is as slow
 * whenever L0 moves towards its aim; here it must move there within a quarter of what is left of the run, so that short
 * runs arrive. With endless `nSteps` both are one.
 */
export function holdL0(
  held: HeldL0,
  l0: number,
  { aim, after, nSteps, step }: HoldPlan & { readonly step: number },
): HeldL0 {
  const before = held.l0 ?? l0;
  const mean = before + Math.max(NEW_L0, 20 / nSteps) * (l0 - before);
  const rate = held.rate + NEW_RATE * (mean - before - held.rate);
  const error = mean - aim;
  if (step < after || error === 0) return { factor: held.factor, l0: mean, rate };
  const arrives = error * rate < 0 && Math.abs(rate) * ((nSteps - step) / 4) > Math.abs(error);
  const gain = Math.max(GAIN, REACH / nSteps) * (arrives ? WHILE_CONVERGING : 1);
  const change = gain * Math.tanh((STEEPNESS * error) / aim);
  const factor = Math.min(MOST, Math.max(LEAST, held.factor * (1 + change)));
  return { factor, l0: mean, rate };
}
