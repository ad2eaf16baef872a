// How the learning rate and the sparsity coefficient rise. Step 0 is the first update.

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
