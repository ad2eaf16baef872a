// Gradients of a coder with gates in plain float64.
import type { GateTerm } from '../types.ts';
import { decodeRow, type Entry, type ReferenceTensors } from './forward.ts';

/** One row of a batch as its gates see it. */
interface GateRow {
  readonly row: number;
  /** Latents whose gates are open. */
  readonly entries: readonly Entry[];
  /** `x̂ − target` */
  readonly error: Float64Array;
  /** What a squared error counts in the loss, times two. */
  readonly scale: number;
  /** Rows of the batch. */
  readonly rows: number;
}

/** Sums of the gates of a row; `fired` are the latents whose codes are above 0. */
interface GateSums {
  /** Of what gates reconstruct. */
  readonly error: Float64Array;
  readonly squaredError: number;
  readonly l1: number;
}

/** Add the gradients of a row of a coder with gates, but for that of its error to b_dec (see `GateTerm`). */
export function addGateRow(
  tensors: ReferenceTensors,
  x: Float32Array,
  y: ArrayLike<number>,
  { row, entries, error, scale, rows }: GateRow,
  { l1, byNorm, trainsDecoder }: GateTerm,
): GateSums {
  const { of, gradient, input, options } = tensors;
  const { dIn, dOut, dSae } = options;
  const wDec = of('wDec');
  const gates = entries.map(({ latent, pre }) => ({ latent, pre, value: pre }));
  const gateError = decodeRow(tensors, gates, dSae).map((sum, i) => sum - y[row * dOut + i]!);
  if (trainsDecoder) {
    gateError.forEach((e, i) => {
      gradient('bDec')[i]! += scale * e;
    });
  }
  let penalised = 0;
  for (const { latent, pre, value } of entries) {
    const at = latent * dOut;
    const norm = Math.hypot(...wDec.subarray(at, at + dOut));
    let [dCode, dGate] = [0, ((byNorm ? norm : 1) * l1) / rows];
    for (let i = 0; i < dOut; i++) {
      if (value > 0) dCode += scale * error[i]! * wDec[at + i]!;
      dGate += scale * gateError[i]! * wDec[at + i]!;
      gradient('wDec')[at + i]! += scale * error[i]! * value;
      if (trainsDecoder) gradient('wDec')[at + i]! += scale * gateError[i]! * pre;
      if (byNorm && norm > 0) gradient('wDec')[at + i]! += (l1 * pre * wDec[at + i]!) / norm / rows;
    }
    const gain = Math.exp(of('rMag')[latent]!);
    gradient('bMag')[latent]! += dCode;
    gradient('rMag')[latent]! += dCode * gain * (pre - of('bEnc')[latent]!);
    gradient('bEnc')[latent]! += dGate;
    const d = gain * dCode + dGate;
    for (let i = 0; i < dIn; i++) gradient('wEnc')[latent * dIn + i]! += d * input(x, row, i);
    of('seen')[latent] = 1;
    penalised += byNorm ? pre * norm : pre;
  }
  return {
    error: gateError,
    squaredError: gateError.reduce((sum, e) => sum + e * e, 0),
    l1: penalised,
  };
}

/** `Σ ∂p` of each latent, by which the bias of inputs learns: from both biases. */
export function gateShare({ of, gradient }: ReferenceTensors): Float64Array {
  return gradient('bEnc').map((g, s) => g + Math.exp(of('rMag')[s]!) * gradient('bMag')[s]!);
}
