// The terms of the loss of one batch, as numbers to report.
import type { StepSums } from '../../compute/kernels/types.ts';
import type { ResolvedActivation } from '../activation-functions/resolve.ts';
import type { ResolvedObjective } from './objectives/resolve.ts';

/** Terms of the loss of one batch: means as the definitions in docs/fidelity.md give them. */
export interface Losses {
  /** Mean over prefixes (their weighted sum, where the objective weighs them), rows and dimensions of `(x̂ − target)²`, divided by `|target|` where errorScale says so. */
  readonly mse: number;
  /** Mean over rows of `Σ f`. */
  readonly l1: number;
  /** Mean over rows of the number of `f > 0`. */
  readonly l0: number;
  /**
   * Coefficient × l1 (× l0 for a jumprelu, × the mean sum of gates for a gated coder), or the loss that the activation
   * function has in its place.
   */
  readonly sparsity: number;
  /** The dead latents' error in explaining what is left over, at the size of the mse; 0 without dead latents. */
  readonly ghost: number;
  /** The weighted error of dead latents in explaining what the others leave over (AuxK); 0 without dead latents. */
  readonly aux: number;
  /** Mean squared error of what the gates of a gated coder reconstruct alone; 0 for others. */
  readonly gate: number;
  /** The weighted loss that brings dead latents up to their thresholds; 0 without. */
  readonly preAct: number;
  /** Coefficient × mean over directions of `Σ |<direction, W_dec[i]>|`. */
  readonly connection: number;
  /** mse + sparsity + ghost + aux + gate + preAct + connection. */
  readonly loss: number;
}

/** What turns the sums of a step into its losses. */
interface LossScales {
  readonly dOut: number;
  readonly nPrefixes: number;
  readonly prefixWeight: ResolvedObjective['prefixWeight'];
  readonly penalty: ResolvedActivation['penalty'];
  /** Whether terms of its own stand in place of that penalty. */
  readonly hasTerms: boolean;
  readonly sparsityCoeff: number;
  /** Weight of the sum over all directions of sparse connections. */
  readonly connectionWeight: number;
}

/** From the sums of a step to its losses. */
export function lossesOf(
  sums: StepSums,
  { dOut, nPrefixes, prefixWeight = 1 / nPrefixes, ...scales }: LossScales,
): Losses {
  const { rows, aux, preAct } = sums;
  const squaredError = sums.squaredError.reduce((a, b) => a + b, 0);
  const mse = (squaredError * prefixWeight) / (rows * dOut);
  const [l1, l0] = [sums.l1 / rows, sums.l0 / rows];
  const counted = { l1, l0, gates: sums.gateL1 / rows, none: 0 }[scales.penalty];
  const sparsity = scales.hasTerms ? sums.penalty : scales.sparsityCoeff * counted;
  const ghost = sums.ghost / (rows * dOut);
  const gate = (sums.gateError * prefixWeight) / (rows * dOut);
  const connection = scales.connectionWeight * sums.connection;
  const loss = mse + sparsity + ghost + aux + gate + preAct + connection;
  return { mse, l1, l0, sparsity, ghost, aux, gate, preAct, connection, loss };
}
