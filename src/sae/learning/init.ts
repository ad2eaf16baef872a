// The weights that training starts from.
import { Random } from '../../base/random.ts';
import type { CoderWeights } from '../coder.ts';
import { shiftEncoderBias } from '../fold.ts';

/** Sizes of a new coder, and what is known of its start. */
export interface InitOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly seed: number;
  /** Where b_dec starts, `[dOut]`; zero when undefined. */
  readonly bDec?: Float32Array;
  /** Where an input bias of its own starts, `[dIn]`; none when undefined. */
  readonly bIn?: Float32Array;
}

/** Weights that training starts from: those of a coder, and what is subtracted from inputs where that is its own. */
export interface InitialWeights extends CoderWeights {
  /** `[dIn]` */
  readonly bIn?: Float32Array;
}

/**
 * Draw the weights of a new coder as PyTorch's `kaiming_uniform_` does: uniform in `±√(6 / fan)`, where the fan is
 * dSae for W_enc `[dIn, dSae]` and dOut for W_dec `[dSae, dOut]` (He et al. 2015). Biases are zero.
 */
export function initWeights(options: InitOptions): InitialWeights {
  const { dIn, dOut, dSae, seed, bDec, bIn } = options;
  return {
    wEnc: uniform(dSae * dIn, Math.sqrt(6 / dSae), new Random(seed, 'W_enc')),
    bEnc: new Float32Array(dSae),
    wDec: uniform(dSae * dOut, Math.sqrt(6 / dOut), new Random(seed, 'W_dec')),
    bDec: bDec === undefined ? new Float32Array(dOut) : Float32Array.from(bDec),
    ...(bIn === undefined ? {} : { bIn: Float32Array.from(bIn) }),
  };
}

function uniform(length: number, bound: number, random: Random): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = random.uniform(-bound, bound);
  return values;
}

/** Weights without an input bias that give the same codes: `b_enc − b_in W_enc`. */
export function foldInputBias({ bIn, ...weights }: InitialWeights): CoderWeights {
  if (bIn === undefined) return weights;
  return { ...weights, bEnc: shiftEncoderBias(weights.bEnc, weights.wEnc, bIn, -1) };
}
